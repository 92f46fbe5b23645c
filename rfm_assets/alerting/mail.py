"""A message by mail, over SMTP."""

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from rfm_assets.alerting.errors import AlertError, PassingError
from rfm_assets.alerting.message import Message
from rfm_assets.settings import Settings

TRY_LATER = range(400, 500)  # SMTP's temporary answers


def mail(settings: Settings, message: Message, silence: float) -> None:
    """Mail the message to every address of the settings; silence is in seconds.

    An address that the server refuses while it takes others is logged: sending again would tell the others twice.

    Raises:
        AlertError: the server took it for none.
    """
    letter = EmailMessage()
    letter["Subject"] = f"rfm_assets: {message.title}"
    letter["From"] = settings.alert_mail_from
    letter["To"] = settings.alert_mail_to
    letter.set_content(message.text)
    server = f"the mail server {settings.smtp_host}:{settings.smtp_port}"
    try:
        with _connected(settings, silence) as connection:
            refused = connection.send_message(letter)
    except smtplib.SMTPRecipientsRefused as error:
        is_passing = all(code in TRY_LATER for code, _ in error.recipients.values())
        failure = PassingError if is_passing else AlertError
        raise failure(f"{server} refused every address: {_answers(error.recipients)}") from None
    except smtplib.SMTPResponseException as error:
        failure = PassingError if error.smtp_code in TRY_LATER else AlertError
        raise failure(f"{server} answered {error.smtp_code} {_text(error.smtp_error)}") from None
    except ssl.SSLError as error:
        advice = "RFM_SMTP_SECURITY and RFM_SMTP_PORT must fit the server; SSL_CERT_FILE names your own authority"
        raise AlertError(f"{server} is not trusted: {error}. {advice}") from None
    except smtplib.SMTPNotSupportedError as error:
        raise AlertError(f"{server}: {error} RFM_SMTP_SECURITY is {settings.smtp_security!r}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise PassingError(f"{server} cannot be reached: {error}") from None
    if refused:
        logging.getLogger(__name__).warning("%s took the mail, but not for all: %s", server, _answers(refused))


@contextmanager
def _connected(settings: Settings, silence: float) -> Iterator[smtplib.SMTP]:
    trusted = ssl.create_default_context()
    connection: smtplib.SMTP
    if settings.smtp_security == "ssl":
        connection = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=silence, context=trusted)
    else:
        connection = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=silence)
    try:
        if settings.smtp_security == "starttls":
            connection.starttls(context=trusted)
        if settings.smtp_user and settings.smtp_password:
            connection.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        yield connection
        with suppress(smtplib.SMTPException, OSError):  # what was taken is taken, whatever the answer to the farewell
            connection.quit()
    finally:
        connection.close()


def _answers(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{address} ({code} {_text(words)})" for address, (code, words) in refused.items())


def _text(words: bytes | str) -> str:
    return " ".join((words.decode(errors="replace") if isinstance(words, bytes) else words).split())
