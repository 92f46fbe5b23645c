"""What is written when: figures that are the tables', in one step, small, the same each time, and nothing secret."""

import re
from dataclasses import replace

import pytest
from pydantic import SecretStr

from rfm_assets.contracts import clean
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.publishing.report import provenance, writing
from rfm_assets.publishing.report.figures import SETTINGS, NothingToReportError, read_figures
from rfm_assets.publishing.report.writing import MAX_BYTES, ReportError, figures_told, write_report
from rfm_assets.publishing.room import NotPublishedError
from rfm_assets.settings import Settings
from rfm_assets_tests.publishing.report.shops import BEFORE, COLORS, DAY, Shop
from rfm_assets_tests.rows import write_rows


def test_every_reason_to_leave_a_line_out_has_its_words():
    assert tuple(provenance.REASONS) == clean.REASONS


def test_the_report_is_written_of_a_million_customers_and_has_at_most_3_mb(told):
    with told(Shop(customers=1_000_000, lines=100_000)) as million:
        assert figures_told(million.html)["", "customers", "1000000"] == 1
        assert million.report.size == len(million.report.path.read_bytes())
        assert 1_000_000 < million.report.size <= MAX_BYTES == 3_000_000


def test_every_figure_of_customers_and_revenue_is_read_back_from_the_page(full):
    expected = {
        (segment, figure, str(number)): 1
        for segment, customers, monetary in full.rows(
            "select segment, count(*), sum(monetary) from segments.customers group by rollup (segment)"
        )
        for segment, figure, number in (
            (segment or "", "customers", customers),
            (segment or "", "monetary", monetary),
        )
    }
    found = figures_told(full.html)
    assert {key: number for key, number in found.items() if key[1] in ("customers", "monetary")} == expected
    assert full.report.compared == len(expected) == 10


def test_the_same_tables_give_the_same_bytes(full):
    before = full.report.path.read_bytes()
    full.write()
    assert full.report.path.read_bytes() == before


def test_a_figure_that_is_not_the_tables_is_named_and_leaves_the_last_report(full, monkeypatch):
    before = full.report.path.read_bytes()
    honest = writing.read_figures

    def wrong(*given):
        figures = honest(*given)
        profiles = figures.frames["profiles"].with_columns(customers=figures.frames["profiles"]["customers"] + 1)
        return replace(figures, frames={**figures.frames, "profiles": profiles})

    monkeypatch.setattr(writing, "read_figures", wrong)
    with pytest.raises(ReportError, match=r"was not replaced.* customers of Champions 40, customers of Hibernating 80"):
        full.write()
    assert full.report.path.read_bytes() == before
    assert [path.name for path in full.report.path.parent.iterdir()] == ["report.html"]


def test_a_disk_that_is_full_leaves_the_last_report_and_nothing_beside_it(full, monkeypatch):
    before = full.report.path.read_bytes()

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    kept = "The report was not replaced, the one before stays: .*No space left on device.* MB are free in "
    with pytest.raises(NotPublishedError, match=kept):
        full.write()
    assert full.report.path.read_bytes() == before
    assert [path.name for path in full.report.path.parent.iterdir()] == ["report.html"]


def test_a_day_whose_run_did_not_come_to_its_end_is_in_no_chart_but_one_of_the_run_is(told):
    with told(Shop(customers=50, lines=100)) as found:
        engine = DuckDBEngine(found.connection)
        one = "select * replace ($day as snapshot_on) from segments.customers limit 1"
        found.connection.execute(f"insert into segments.customers by name {one}", {"day": BEFORE})
        write_rows(engine, "rfm.snapshots", *((day, "net", 1, 1, "then") for day in (BEFORE, DAY)))
        for run_days in ([DAY], [BEFORE, DAY]):
            told_of = set(read_figures(engine, found.settings, run_days).frames["history"]["snapshot_on"])
            assert told_of & {BEFORE, DAY} == set(run_days)


def test_without_segments_there_is_nothing_to_report(warehouse, settings):
    with pytest.raises(NothingToReportError, match="materialise segments for a day first"):
        write_report(warehouse, settings, COLORS)
    assert not settings.published.exists()


def test_without_the_lines_of_the_segments_there_is_nothing_to_report(told):
    with told(Shop(customers=20, lines=40)) as found:
        before = found.report.path.read_bytes()
        found.connection.execute("delete from clean.transactions")
        with pytest.raises(NothingToReportError, match=f"no line up to {DAY}.* refresh that day"):
            found.write()
        assert found.report.path.read_bytes() == before


def test_no_customer_and_no_secret_is_on_the_page(told):
    settings = {"webhook_token": SecretStr("geheim"), "webhook_url": SecretStr("http://127.0.0.1/pssst")}
    with told(Shop(customers=50, lines=100), **settings) as found:
        html = found.html
        assert "customer-1" not in html
        assert "geheim" not in html
        assert "pssst" not in html
        assert str(found.settings.data) not in html


def test_every_setting_that_decides_a_result_is_told_and_none_that_names_a_folder_a_machine_or_a_secret():
    silent = re.compile(
        "data|(first|last)_snapshot|.*_cron|.*_seconds|catch_up_days|keep_.*|min_daily_agreement|memory_limit|"
        "threads|pictures|non_products|archetypes|lists_folder|ui_url|(alert|smtp|webhook|postgres)_.*"
    )
    told = {name for name in Settings.model_fields if not silent.fullmatch(name)}
    assert told == set(SETTINGS)


def test_the_page_asks_for_nothing_from_anywhere(new):
    page, _, _ = new.html.partition("<script>")  # Vega's own text names addresses that it never asks for
    assert re.findall(r"""(?:src|href|action)\s*=\s*["']?[^"'#\s]""", page) == []
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_a_shop_without_returns_guests_or_products_but_with_a_snapshot_before_has_a_report(told):
    with told(Shop(customers=60, lines=200)) as found:
        for table in ("clean.returns", "clean.guests", "segments.profile_products", "segments.moves", "model.drift",
                      "validation.predictions", "validation.stability"):  # fmt: skip
            found.connection.execute(f"delete from {table}")
        found.write()
        html = found.html
    assert "nobody changed segment" in html
    assert "Nothing was returned." in html
    assert "No segment kept a product that it bought." in html
    assert "had bought again" in html


def test_a_log_of_days_and_of_money_alone_is_not_told_of_by_hour_or_product(told):
    with told(Shop(customers=60, lines=200)) as found:
        found.connection.execute("update segments.profile_products set description = 'Unknown'")
        found.write()
        assert "1. code-" in found.html
        assert "1. Unknown" not in found.html
        found.connection.execute("update segments.profile_products set stock_code = 'Unknown'")
        found.connection.execute("update clean.transactions set invoiced_at = invoiced_on")
        found.write()
        html = found.html
    assert "The files name no products." in html
    assert "the best hour" not in html
    assert "Bars of sales by weekday." in html


def test_a_segment_whose_returns_exceed_its_sales_is_drawn_as_nothing_of_the_ring_and_told_below_zero(told):
    with told(Shop(customers=60, lines=200)) as found:
        found.connection.execute(
            "update segments.profiles set monetary = -5, monetary_share = -0.01 where segment = 'Champions'"
        )
        found.connection.execute(
            "update segments.customers set monetary = if(customer_id = 'customer-0', -5, 0) where segment = 'Champions'"
        )
        found.connection.execute(
            "update rfm.customers set monetary = segments.customers.monetary from segments.customers "
            "where rfm.customers.customer_id = segments.customers.customer_id"
        )
        found.write()
        assert "Champions -5.00 GBP" in found.html
        assert "Champions 10% of the customers and -1% of the revenue" in found.html


def test_a_number_of_clusters_that_was_given_is_told_and_not_drawn_as_a_line_of_one_point(told):
    with told(Shop()) as shop:
        assert 'id="clusters-chart-1"' in shop.html
        shop.connection.execute("delete from model.candidates where k <> 4")
        shop.write()
        assert 'numbers as a table<span class="hidden">: How many segments' in shop.html
        assert 'id="clusters-chart-1"' not in shop.html


def test_data_that_ends_before_the_snapshot_is_said_to_and_data_of_its_day_is_not(told):
    with told(Shop()) as shop:
        assert "The newest data is" not in shop.html
        for table in ("transactions", "ledger"):
            shop.connection.execute(f"delete from clean.{table} where invoiced_on > '2024-08-31'")
        shop.write()
        assert "<li>The newest data is from 31 August 2024, 10 days before this snapshot.</li>" in shop.html


def test_a_last_month_that_is_the_best_is_told_once(told):
    with told(Shop()) as shop:
        assert "; the last one, September 2024, has " in shop.html
        shop.connection.execute("update clean.transactions set amount = 100 * amount where invoiced_on >= '2024-09-01'")
        shop.write()
        assert re.search(
            r"The best month is the last one, September 2024, with sales of [\d,]+ GBP up to 10 September 2024\.<",
            shop.html,
        )


def test_of_a_backfill_the_report_is_of_the_latest_snapshot(full):
    assert full.rows("select count(distinct snapshot_on) from segments.profiles")[0][0] == 4
    assert f'<time datetime="{DAY}">10 September 2024</time>' in full.html


def test_the_report_says_what_money_counts_in_its_snapshot_whatever_the_setting_is_by_now(told):
    with told(Shop(customers=60, lines=200), monetary="gross") as found:
        found.connection.execute("insert into rfm.snapshots values ($day, 'net', 1, 1, '-')", {"day": DAY})
        found.write()
        assert found.html.count("Revenue is sales less returns, in GBP") == 1
        assert "(sales less returns) in" in found.html
        assert "sales before returns" not in found.html.partition("settings-table")[0]


def test_revenue_by_country_and_month_counts_what_the_snapshot_counts_whatever_the_setting_is_by_now(told):
    def pictures(page: str) -> list[str]:
        return [re.search(rf'<figure id="{name}".*?</figure>', page, re.DOTALL)[0] for name in ("countries", "months")]

    with told(Shop(customers=60, lines=200), monetary="net") as net:
        wanted = pictures(net.html)
    with told(Shop(customers=60, lines=200), monetary="gross") as found:
        assert pictures(found.html) != wanted
        found.connection.execute("insert into rfm.snapshots values ($day, 'net', 1, 1, '-')", {"day": DAY})
        found.write()
        assert pictures(found.html) == wanted


def test_revenue_is_not_said_to_grow_or_fall_where_it_counted_something_else_before(told):
    with told(Shop(customers=60, lines=200)) as found:
        assert re.search(r"Revenue (grew|fell) by", found.html)
        statement = "insert into rfm.snapshots values ($day, 'gross', 1, 1, '-'), ($before, 'net', 1, 1, '-')"
        found.connection.execute(statement, {"day": DAY, "before": BEFORE})
        found.write()
        assert not re.search(r"Revenue (grew|fell) by", found.html)


def test_guests_have_their_share_of_all_that_was_sold_and_not_of_all_that_was_read(told):
    with told(Shop(customers=60, lines=200)) as found:
        (sold,) = found.rows("select sum(sale_amount) from clean.ledger")[0]
        part = 2500.5 / (2500.5 + float(sold))
        assert f"Guests bought for 2,500 GBP in 12 orders, {part:.1%} of all sales (all their lines, " in found.html
        assert "returns and corrections among them, come to 2,000 GBP)" in found.html


def test_of_the_validation_the_segment_that_bought_again_most_is_told_first(told):
    with told(Shop(customers=60, lines=200)) as found:
        told_of = re.search(r"by 9 September 2024 (\d+)% of (.*?) had bought again and (\d+)% of", found.html)
        assert told_of.groups() == ("90", "Champions", "22")


def test_who_scores_best_and_worst_in_both_are_not_exchanged(told):
    with told(Shop(customers=60, lines=200)) as found:
        found.connection.execute(
            "update segments.customers set r_score = 5, f_score = 5 where customer_id < 'customer-2'"
        )
        best, worst = (
            found.rows(f"select count(*) from segments.customers where r_score = {n} and f_score = {n}")[0][0]
            for n in (5, 1)
        )
        assert best != worst
        found.write()
        assert f"{best} customers have the best score in both, {worst} the worst" in found.html


def test_a_last_month_of_sales_before_that_of_the_snapshot_was_not_cut_off_by_it(told):
    with told(Shop()) as shop:
        for table in ("transactions", "ledger"):
            shop.connection.execute(f"delete from clean.{table} where invoiced_on > '2024-08-31'")
        shop.write()
        months = re.search(r'<figure id="months".*?</figcaption>', shop.html, re.DOTALL)[0]
        assert "August 2024" in months
        assert "up to 10 September 2024" not in months


def test_revenue_before_returns_leaves_out_no_ones_return(told):
    with told(Shop(customers=60, lines=200), monetary="gross") as found:
        found.connection.execute(
            "insert into clean.transactions by name select 2 as file_id, 1 as line_no, 'C1' as invoice_id, "
            "'return' as line_kind, $day + interval 9 hour as invoiced_at, $day as invoiced_on, "
            "'a stranger' as customer_id, -2 as amount",
            {"day": DAY},
        )
        found.write()
        assert "who are no customers" not in found.html
