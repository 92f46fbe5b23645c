"""Lists sent to an HTTP address, in batches that may arrive twice without harm."""

import json
import logging
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from rfm_assets.publishing.lists.delivery import DeliveryError, digest
from rfm_assets.publishing.lists.publication import Publication
from rfm_assets.secrecy import secrets_in, without

if TYPE_CHECKING:
    import httpx
    import tenacity

ATTEMPTS = 6
FIRST_WAIT, LONGEST_WAIT = 0.5, 120.0  # seconds; a Retry-After is believed up to the longest
TIMEOUT = 30.0  # seconds of silence
PARTS = 4  # of an answer, as they come over the network; of a longer one the connection is closed
TOO_MANY = 429
SHOWN = 200  # characters of an answer


class Webhook:
    """An HTTP address that takes POSTs of JSON: `publication`, `kind`, `batch` of `batches`, and `rows`.

    Each batch carries an `Idempotency-Key` made of what is in it: sent again it has the same key, anything else has
    another. Connections that break, answers from 500 on and 429 are tried again, other refusals are not.
    """

    first_wait = FIRST_WAIT

    def __init__(self, url: SecretStr, token: SecretStr | None, batch_size: int) -> None:
        self._url, self._token = url, token
        self._batch_size = batch_size
        self.name = f"webhook-{digest(url.get_secret_value())}"
        parts = urlsplit(url.get_secret_value())
        self._shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")

    def deliver(self, publication: Publication, had: str | None) -> None:
        """Post all customers with their segments, or the changes, batch after batch."""
        import httpx

        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, which may hold a secret
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        with httpx.Client(headers=headers, timeout=TIMEOUT) as client:
            for number, (body, batches) in enumerate(self._bodies(publication, had), start=1):
                what = f"batch {number} of {batches} of publication {publication.manifest.publication}"
                self._post(client, body, what)

    def _bodies(self, publication: Publication, had: str | None) -> Iterator[tuple[bytes, int]]:
        manifest, whole = publication.manifest, not publication.follows(had)
        count = sum(file.customers for file in manifest.lists) if whole else manifest.changes.customers
        batches = max(1, -(-count // self._batch_size))
        head = {
            "publication": manifest.publication,
            "snapshot_on": manifest.snapshot_on.isoformat(),
            "kind": "customers" if whole else "changes",
            "since": None if whole else manifest.since,
            "batches": batches,
        }
        frames = publication.customers(self._batch_size) if whole else publication.changes(self._batch_size)
        for number, frame in enumerate(frames, start=1):
            body = {**head, "batch": number, "rows": frame.to_dicts()}
            yield json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), batches

    def _post(self, client: "httpx.Client", body: bytes, what: str) -> None:
        import httpx
        import tenacity

        key = {"Idempotency-Key": sha256(body).hexdigest()[:32]}
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(httpx.TransportError)
            | tenacity.retry_if_result(lambda sent: sent[0].status_code >= 500 or sent[0].status_code == TOO_MANY),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=self._wait,
            retry_error_callback=_last_outcome,
        )
        try:
            answer, text = retrying(_sent, client, self._url.get_secret_value(), body, key)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as failure:
            reason = f"{type(failure).__name__}: {failure}"
            raise DeliveryError(
                f"{self._shown} (RFM_WEBHOOK_URL) was not reached in {ATTEMPTS} attempts with {what}: "
                f"{self._hidden(reason)}. Materialise published/lists again when it is there"
            ) from None
        if not answer.is_success:
            said = self._hidden(text)[:SHOWN]
            raise DeliveryError(
                f"{self._shown} (RFM_WEBHOOK_URL) answered {answer.status_code} {answer.reason_phrase} to {what}: "
                f"{said!r}. The batches after it were not sent. Correct the cause and materialise published/lists "
                "again: batches that arrived are sent with the same Idempotency-Key"
            )

    def _wait(self, state: "tenacity.RetryCallState") -> float:
        import tenacity

        outcome = state.outcome
        asked = None if outcome is None or outcome.failed else _retry_after(outcome.result()[0])
        if asked is not None:
            return min(asked, LONGEST_WAIT)
        wait = tenacity.wait_random_exponential(multiplier=self.first_wait, min=self.first_wait, max=LONGEST_WAIT)
        return wait(state)

    def _hidden(self, text: str) -> str:
        token = self._token.get_secret_value() if self._token else None
        return without((*secrets_in(self._url.get_secret_value()), token), text)


def _sent(
    client: "httpx.Client", address: str, body: bytes, headers: Mapping[str, str]
) -> tuple["httpx.Response", str]:
    """Post a body; return the answer, and the beginning of what it says."""
    with client.stream("POST", address, content=body, headers=headers) as answer:
        said = b"".join(islice(answer.iter_raw(), PARTS))  # it may be without end, or come drop by drop
    return answer, said.decode("utf-8", "replace")


def _last_outcome(state: "tenacity.RetryCallState") -> tuple["httpx.Response", str]:
    if state.outcome is None:
        raise RuntimeError("tenacity gave up before it tried")
    return state.outcome.result()


def _retry_after(answer: "httpx.Response") -> float | None:
    """Return the seconds that an answer asks to wait: a number, or a date against the answer's own clock."""
    asked = answer.headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return float(asked)
    try:
        until, at = parsedate_to_datetime(asked), parsedate_to_datetime(answer.headers["Date"])
        return max(0.0, (until - at).total_seconds())
    except (KeyError, TypeError, ValueError):
        return None
