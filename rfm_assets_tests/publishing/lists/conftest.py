"""What the tests of lists share."""

import threading
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from rfm_assets.publishing.lists.webhook import Webhook
from rfm_assets_tests.publishing.lists.receiver import TOKEN, Receiver
from rfm_assets_tests.publishing.lists.segments import Segments


@pytest.fixture
def segments(warehouse, settings):
    """Segments to come, and the folder that lists of them are published in."""
    return Segments(warehouse, settings.published)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def webhook(receiver, monkeypatch):
    monkeypatch.setattr(Webhook, "first_wait", 0.001)
    return Webhook(SecretStr(receiver.url), SecretStr(TOKEN), 2)
