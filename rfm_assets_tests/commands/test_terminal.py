"""What a run says to whoever started it: a line for each step, and what checks, warnings and failures tell."""

import io
import re
import subprocess
import sys

import dagster as dg
import pytest
from rich.console import Console

from rfm_assets.commands.terminal import shown
from rfm_assets.defs.progress import progress

CHECKS = ("passes", "warns", "fails")


@dg.asset(key_prefix="raw", check_specs=[dg.AssetCheckSpec(name, asset=["raw", "lines"]) for name in CHECKS])
def lines(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """One row per line."""
    context.log.info("reading [shop].csv")
    context.log.warning("2 lines of [shop].csv cannot be read")
    return dg.MaterializeResult(
        check_results=[
            dg.AssetCheckResult(check_name="passes", passed=True, description="all is well"),
            dg.AssetCheckResult(
                check_name="warns", passed=False, severity=dg.AssetCheckSeverity.WARN, description="3 [days] are late"
            ),
            dg.AssetCheckResult(check_name="fails", passed=False),
        ]
    )


@dg.asset(deps=[lines])
def orders(context: dg.AssetExecutionContext) -> None:
    """One row per invoice."""
    if not context.retry_number:
        raise dg.RetryRequested(seconds_to_wait=0.01) from ValueError("[it] is held")
    raise ValueError("it is [held]")


@pytest.fixture
def said():
    """Run both steps, and return what was printed."""

    def run(times: int = 1, **options: object) -> str:
        job = dg.Definitions(
            assets=[lines, orders], jobs=[dg.define_asset_job("all")], loggers={"progress": progress}
        ).resolve_job_def("all")
        console = Console(file=io.StringIO(), highlight=False, soft_wrap=True, **options)
        for _ in range(times):
            with dg.DagsterInstance.ephemeral() as instance, shown(console, 2):
                config = {"loggers": {"progress": {}}}
                job.execute_in_process(instance=instance, run_config=config, raise_on_error=False)
        return console.file.getvalue()

    return run


def test_a_line_tells_of_each_warning_check_step_try_and_failure_and_of_nothing_else(said):
    printed = [re.sub(r" +", " ", line) for line in said().splitlines()]
    assert [re.sub(r" \d\.\d\d s$", " 0.00 s", line) for line in printed] == [
        "2 lines of [shop].csv cannot be read",
        "warning: raw.lines warns: 3 [days] are late",
        "check failed: raw.lines fails: ",
        "raw.lines 0.00 s",
        "orders again in 0 s: [it] is held",
        "orders failed: it is [held]",
    ]


def test_of_two_runs_one_after_the_other_each_tells_its_own_lines_once(said):
    assert len(said(times=2).splitlines()) == 2 * len(said().splitlines())


def test_a_terminal_has_a_bar_that_tells_what_is_done_and_goes_at_the_end(said):
    printed = said(force_terminal=True, width=120)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", printed)
    assert re.search(r"orders [━╺╸]+ 1/2 ", shown)
    assert printed.endswith("\x1b[2K")


def test_a_reader_who_goes_away_stops_nothing():
    command = (
        "import sys; from rfm_assets.commands.errors import guarded\n"
        "sys.exit(guarded(lambda console: [console.print('a step') for _ in range(99)] and 7))"
    )
    with subprocess.Popen([sys.executable, "-c", command], stderr=subprocess.PIPE) as process:
        process.stderr.close()
        assert process.wait() == 7
