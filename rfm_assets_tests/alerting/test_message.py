"""The words of an alert."""

from dataclasses import replace

from rfm_assets.alerting.message import Message, Trouble, compose
from rfm_assets.defs.check_rules import RULES

UI = "http://dagster.example:3000"
FAILED = Trouble(
    "refresh",
    "2011-12-09",
    has_failed=True,
    url=f"{UI}/runs/abc",
    causes=[("raw", "no file lies in landing:\n  put files there")],
)
CHECKED = Trouble(
    "freshness", "", has_failed=False, url=f"{UI}/runs/def", checks=[("published.segments up_to_date", "2 days behind")]
)


def test_a_failed_run_is_told_with_its_day_its_cause_what_is_published_and_where_to_look():
    assert compose([FAILED], "2011-12-08, 4,330 customers", UI) == Message(
        "refresh of 2011-12-09 failed",
        "refresh of 2011-12-09 failed\n"
        "failed: raw: no file lies in landing: put files there\n"
        "http://dagster.example:3000/runs/abc\n\n"
        "Published: 2011-12-08, 4,330 customers",
    )


def test_a_failed_check_of_a_run_that_succeeded_is_told_with_the_checks_words():
    assert compose([CHECKED], "nothing", UI).text == (
        "freshness: a check failed\n"
        "check failed: published.segments up_to_date: 2 days behind\n"
        "http://dagster.example:3000/runs/def\n\n"
        "Published: nothing"
    )


def test_many_runs_make_one_message_that_tells_of_the_first_five_and_counts_the_others():
    troubles = [replace(FAILED, job=f"job {number}") for number in range(7)]
    message = compose(troubles, "nothing", UI)
    assert message.title == "job 0 of 2011-12-09 failed, and 6 more"
    told = [line for line in message.text.splitlines()[1:] if line.endswith(" of 2011-12-09 failed")]
    assert told == [f"job {number} of 2011-12-09 failed" for number in range(5)]
    assert "2 more runs: http://dagster.example:3000/runs" in message.text
    assert "more runs" not in compose(troubles[:5], "nothing", UI).text


def test_of_long_words_those_that_say_what_to_do_are_told():
    remedy = max((rule.remedy for rule in RULES), key=len)
    words = f"a.csv and {'x' * 10_000}. {remedy}"
    trouble = Trouble("refresh", "", has_failed=True, url=UI, causes=[("raw", words)])
    told = compose([trouble], "nothing", UI).text
    assert len(told) < 2_500
    assert "failed: raw: a.csv and x" in told
    assert f" {remedy}\n" in told


def test_what_is_secret_is_hidden_wherever_it_stands():
    trouble = Trouble("refresh", "", has_failed=True, url=UI, causes=[("raw", "login geheim refused")])
    assert "failed: raw: login *** refused" in compose([trouble], "nothing", UI, ["geheim", ""]).text
