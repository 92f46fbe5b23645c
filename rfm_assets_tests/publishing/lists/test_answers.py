"""What a server answers to lists: when it is to be asked again, how much of it is read, and what of it is told."""

from time import perf_counter

import httpx
import pytest
from pydantic import SecretStr

from rfm_assets.publishing.lists import webhook as webhooks
from rfm_assets.publishing.lists.delivery import DeliveryError
from rfm_assets.publishing.lists.webhook import Webhook
from rfm_assets_tests.publishing.lists.receiver import DROP, PATH, Handler
from rfm_assets_tests.publishing.lists.segments import FIRST, SECOND


@pytest.fixture
def segments(segments):
    segments.snapshot(FIRST, {"c1": "A", "c2": "A", "c3": "B", "c4": "B", "=c5": "B"})
    return segments


def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(segments, receiver, webhook):
    receiver.drops = 1_000_000
    begun = perf_counter()
    assert segments.send(webhook) == [webhook.name]
    assert len(receiver.rows) == 5
    segments.snapshot(SECOND, {"c1": "A"})
    receiver.answers = [403]
    with pytest.raises(DeliveryError, match=r"answered 403 Forbidden .* 'wrong token"):
        segments.send(webhook)
    assert perf_counter() - begun < 60, "it would take hours"


def test_a_secret_on_the_edge_of_what_is_told_of_an_answer_is_not_told_in_part(segments, receiver):
    receiver.answers = [403]
    with pytest.raises(DeliveryError, match=r"'wrong token Bearer \*\*\* to ") as raised:
        segments.send(Webhook(SecretStr(receiver.url), SecretStr("geheim" * 50), 2))
    assert "geheim" not in str(raised.value)


def test_a_server_that_stays_down_is_named_without_its_path(segments, receiver, monkeypatch, webhook):
    receiver.answers = [DROP] * 6
    with pytest.raises(DeliveryError, match=r"was not reached in 6 attempts with batch 1 of 3") as raised:
        segments.send(webhook)
    assert PATH not in str(raised.value)
    receiver.answers = [502] * 6
    with pytest.raises(DeliveryError, match=r"answered 502 Bad Gateway"):
        segments.send(webhook)
    assert len(receiver.posts) == 12


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "99999"}, 120.0),
        ({"Retry-After": "Fri, 09 Dec 2011 12:00:30 GMT", "Date": "Fri, 09 Dec 2011 12:00:00 GMT"}, 30.0),
        ({"Retry-After": "Fri, 09 Dec 2011 12:00:00 GMT", "Date": "Fri, 09 Dec 2011 12:00:30 GMT"}, 0.0),
    ],
)
def test_a_server_that_says_when_is_asked_then(segments, receiver, webhook, monkeypatch, headers, seconds):
    waited = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    monkeypatch.setattr(Handler, "date_time_string", lambda *_: headers.get("Date", ""))
    receiver.answers = [(503, {"Retry-After": headers["Retry-After"]})]
    segments.send(webhook)
    assert waited == [seconds]


TWELVE = "Fri, 09 Dec 2011 12:00:00"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "soon"},
        {"Retry-After": f"{TWELVE} GMT"},
        {"Retry-After": f"{TWELVE} GMT", "Date": "today"},
        {"Retry-After": f"{TWELVE} GMT", "Date": f"{TWELVE} -0000"},
    ],
)
def test_a_server_that_does_not_say_when_says_nothing(headers):
    assert webhooks._retry_after(httpx.Response(503, headers=headers)) is None


def test_what_the_server_says_is_not_unpacked(segments, receiver, webhook):
    receiver.answers = [(200, {"Content-Encoding": "gzip"})] * 3
    assert segments.send(webhook) == [webhook.name]
    assert len(receiver.rows) == 5


def test_a_redirect_is_not_followed_with_the_token(segments, receiver, webhook):
    receiver.answers = [(301, {"Location": receiver.url})]
    with pytest.raises(DeliveryError, match="answered 301 Moved Permanently"):
        segments.send(webhook)
    assert len(receiver.posts) == 1
