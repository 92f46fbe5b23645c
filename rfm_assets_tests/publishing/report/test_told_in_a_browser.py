"""What the report tells in a browser is what the warehouse holds: sentences, cards and tables."""

from rfm_assets_tests.publishing.report.shops import BEFORE, DAY, MONTH_BEFORE


def test_sentences_and_cards_say_what_the_tables_do(report, full):
    ((customers, monetary, orders),) = full.rows(
        "select count(*), sum(monetary), sum(frequency)::bigint from rfm.customers"
    )
    assert report.texts(".tiles dd")[:3] == [
        f"{customers:,}",
        f"{float(monetary) / 1e6:,.2f} million GBP",
        f"{orders:,}",
    ]
    first = report.texts(".short li")[0]
    assert first.startswith(f"As of 10 September 2024, {customers} customers have brought")
    moved = full.rows(f"select sum(customers) from segments.moves where snapshot_on = '{DAY}' and cause <> 'arrived'")
    came = full.rows(f"select sum(customers) from segments.moves where snapshot_on = '{DAY}' and cause = 'arrived'")
    assert report.texts(".tiles [data-figure]")[3:] == [f"{came[0][0]}", f"{moved[0][0]}"]
    cards = full.rows(
        "select segment, count(*), sum(monetary), count(*) * 100 / sum(count(*)) over (), median(recency_days), "
        "median(frequency) from segments.customers group by segment order by count(*) desc"
    )
    found = report.page.locator(".card").evaluate_all(
        "cards => cards.map(card => [card.dataset.segment, ...[...card.querySelectorAll('data')].map(d => d.value)])"
    )
    assert found == [[segment, str(number), str(amount)] for segment, number, amount, *_ in cards]
    for place, (_, number, _, part, days, times) in enumerate(cards):
        words = report.texts(f".card:nth-of-type({place + 1}) dd")
        assert words[0].startswith(f"{number}, {part:.0f}% of all; +1 since 9 September 2024")
        assert words[2].startswith(f"last order {days:.0f} days ago, {times:.0f} orders, ")
    assert report.texts(".card:last-of-type dd")[3] == "Loyal & 'co' (8)"


def test_each_table_has_the_rows_of_the_warehouse(report, full):
    def amount(number):
        return f"{number:,.2f}"

    scores = {(f, r): n for f, r, n in full.rows(
        "select f_score, r_score, count(*) from segments.customers group by all")}  # fmt: skip
    assert report.table("scores") == [[str(f), *(str(scores[f, r]) for r in range(1, 6))] for f in range(5, 0, -1)]
    sizes = full.rows("select segment, count(*), sum(monetary) from segments.customers group by all order by 2 desc")
    assert [row[:2] + row[3:4] for row in report.table("sizes")] == [[s, str(n), amount(m)] for s, n, m in sizes]
    months = full.rows(
        "select strftime(invoiced_on, '%B %Y'), sum(amount) filter (line_kind = 'sale'), "
        "-sum(amount) filter (line_kind = 'return'), sum(amount) from clean.transactions "
        "group by 1 order by max(invoiced_on) desc"
    )
    assert report.table("months") == [[month, *map(amount, sums)] for month, *sums in months]
    countries = full.rows(
        "select coalesce(country, 'Unknown'), sum(amount) from clean.transactions group by 1 order by 2 desc"
    )
    told = {row[0]: row[3] for row in report.table("countries")}
    others = told.pop("4 others")
    assert len(told) == 10
    assert told.items() <= {(name, amount(number)) for name, number in countries}
    assert others == amount(sum(number for name, number in countries if name not in told))
    for name in ("months", "countries"):
        assert report.texts(f"#{name} .note") == []  # all who returned something are customers of the snapshot
    products = full.rows(
        "select segment, place::varchar, description, stock_code, amount from segments.profile_products "
        "where place <= 5 order by segment, place"
    )
    assert [row[:5] for row in report.table("products")] == [[*row[:4], amount(row[4])] for row in products]
    returned = full.rows("select sum(-amount), count(*) from clean.returns")[0]
    assert report.texts("#returns figcaption p")[0].startswith(
        f"{returned[1]} lines were returned for {returned[0]:,.0f} GBP"
    )
    history = full.rows("select distinct snapshot_on from segments.profiles order by 1 desc")
    assert [row[0] for row in report.table("history")] == [str(day) for (day,) in history]
    clusters = full.rows("select k, inertia, silhouette from model.candidates order by k")
    assert [row[:3] for row in report.table("clusters")] == [[str(k), f"{i:,.0f}", f"{s:.3f}"] for k, i, s in clusters]
    assert [row[0] for row in report.table("clusters") if row[-1] == "yes"] == ["4"]
    moves = dict(
        full.rows(
            "select from_segment, sum(customers)::int from segments.moves where from_segment is not null group by 1"
        )
    )
    assert {row[0]: int(row[-1]) for row in report.table("moves") if row[0] in moves} == moves
    ledger = full.rows("select sum(read_lines), sum(sale_lines), sum(return_lines) from clean.ledger")[0]
    assert [row[1] for row in report.table("ledger")[:4]] == [*(f"{n:,}" for n in ledger), "30"]


def test_the_end_tells_what_was_left_out_which_model_and_what_it_was_worth(report):
    told = " ".join(report.texts("#how .part > p"))
    for words in (
        "Guests bought for 2,500 GBP in 12 orders",
        "30 bought by guests, without a customer id (2,000 GBP) and 2 copies of a line that counts (7.00 GBP)",
        "Model version 2024-09-01: K-Means with K = 4, fitted as of 1 September 2024 on 350 customers, 2 outliers left",
        "The version of 10 September 2024 was fitted since: only 80.0% keep their segment",
        "Foretelling who buys again was right for 70.0% of 390 customers, AUC 0.740",
        "saying the same of all is right for 50.0%",
        "These segments: 98.1% of the customers keep their label",
    ):
        assert words in told
    assert ["RFM_MONETARY", "net"] in [row[:2] for row in report.table("settings")]


def test_a_first_day_says_what_is_not_there_yet(first):
    assert first.texts(".short li")[-1] == "There is no earlier snapshot: moves are shown from the next one on."
    assert first.texts(".tiles dt") == ["Customers", "Revenue", "Orders"]
    assert first.texts("#returns p") == ["Nothing was returned."]
    assert first.texts("#guests p") == ["Every line names a customer: nobody was left out as a guest."]
    assert first.texts("#validation p") == [
        f"No validation has run yet. The job validate runs one, in Dagster's UI for {DAY}, or by itself with the "
        "schedule monthly_validation; it is in the next report."
    ]
    assert first.texts("#months figcaption p")[0].startswith("So far it is one month, September 2024")


def test_what_moved_is_told_for_the_day_and_for_the_month(report):
    told = report.texts(".short li")
    assert f"Since {BEFORE.day} September 2024, 4 new customers came and 8 customers (2.0%) changed segment" in told[3]
    assert f"This month, since {MONTH_BEFORE.day} August 2024: Loyal & 'co' +7 to 160" in told[-1]
