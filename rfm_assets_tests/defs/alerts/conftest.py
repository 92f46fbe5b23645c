"""What the tests of alerts share: runs of the small job, a webhook, and a daemon that has looked once."""

from collections.abc import Callable, Iterator

import dagster as dg
import pytest

from rfm_assets.alerting import sending
from rfm_assets_tests.alerting.receivers import Webhook, webhook
from rfm_assets_tests.defs.alerts.daemon import Daemon
from rfm_assets_tests.defs.alerts.job import DAY, job

Run = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LONGEST_WAIT", 0)


@pytest.fixture
def run(instance: dg.DagsterInstance) -> Run:
    def once(tags: dict[str, str] | None = None, run_id: str | None = None, **how: object) -> dg.ExecuteInProcessResult:
        tags = {"dagster/partition": DAY} if tags is None else tags
        return job(**how).execute_in_process(instance=instance, tags=tags, run_id=run_id, raise_on_error=False)

    return once


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Webhook]:
    monkeypatch.setenv("RFM_DATA", str(tmp_path))
    with webhook() as found:
        monkeypatch.setenv("RFM_ALERT_WEBHOOK", found.url)
        yield found


@pytest.fixture
def daemon(hook: Webhook, instance: dg.DagsterInstance) -> Daemon:
    """A daemon that has looked once."""
    daemon = Daemon(instance)
    daemon.look()
    return daemon
