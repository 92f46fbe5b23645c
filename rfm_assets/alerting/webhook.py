"""A message posted as JSON, `{"text": ...}`, which Slack, Mattermost, Rocket.Chat and Google Chat take."""

import logging
from urllib.parse import urlsplit

from rfm_assets.alerting.errors import AlertError, PassingError
from rfm_assets.alerting.message import Message
from rfm_assets.secrecy import secrets_in, without

SHOWN = 200  # characters of an answer


def post(address: str, message: Message, silence: float) -> None:
    """Post the message; silence is in seconds.

    Raises:
        AlertError: it was not taken; the message names the host alone, for the rest of the address is the password.
    """
    import httpx

    host = urlsplit(address).hostname
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses whole
    try:
        # No more of the answer is read than is told: it may be without end, or grow a thousandfold when it is unpacked.
        text, headers = {"text": _escaped(message.text)}, {"Accept-Encoding": "identity"}
        with httpx.stream("POST", address, json=text, headers=headers, timeout=silence) as answer:
            said = b"" if answer.is_success else next(answer.iter_raw(), b"")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
        failure = PassingError if isinstance(error, httpx.TransportError) else AlertError
        reason = str(error).replace(address, host or "") or type(error).__name__
        raise failure(f"the webhook at {host} cannot be reached: {reason}") from None
    if not answer.is_success:
        passing = answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS
        body = without(secrets_in(address), " ".join(said.decode("utf-8", "replace").split()))[:SHOWN]
        words = f"the webhook at {host} answered {answer.status_code} {answer.reason_phrase} {body}".strip()
        raise (PassingError if passing else AlertError)(f"{words}. It is RFM_ALERT_WEBHOOK")


def _escaped(text: str) -> str:
    # Slack reads <!channel> and the like as commands.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
