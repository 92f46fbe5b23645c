"""The report as people open it: from disk, in a browser, light, dark, printed, on a phone, by keyboard, read aloud."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from rfm_assets_tests.publishing.report.browser import browser, opened
from rfm_assets_tests.publishing.report.shops import BEFORE, DAY, IMAGE, MONTH_BEFORE, NAMES, PRODUCTS, SCRIPT

PICTURES = {
    "pictures": ["sizes", "shares", "standardised", "scores", "scatter"],
    "moving": ["moves", "history"],
    "sales": ["countries", "months", "weekdays", "products", "returns"],
    "found": ["distributions", "clusters"],
}
# Marks in each drawing: the elements of Vega's scene without its axes, legends and backgrounds.
MARKS = """
() => [...document.querySelectorAll('.chart')].map(holder => [holder.id, [...holder.querySelectorAll(
    '.mark-rect.role-mark path, .mark-arc.role-mark path, .mark-symbol.role-mark path, .mark-line.role-mark path'
)].filter(mark => mark.getAttribute('d') && getComputedStyle(mark).opacity !== '0').length])
"""
# WCAG's contrast of each label of a grid against the cell below it.
CONTRASTS = """
() => {
    const light = color => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    for (const chart of document.querySelectorAll('#standardised .chart, #scores .chart, #moves .chart')) {
        const cells = [...chart.querySelectorAll('.mark-rect.role-mark path')].map(c => [c, c.getBoundingClientRect()]);
        for (const label of chart.querySelectorAll('.mark-text.role-mark text')) {
            const { x, y, width, height } = label.getBoundingClientRect();
            const over = cells.find(([, box]) => box.left < x + width / 2 && x + width / 2 < box.right
                && box.top < y + height / 2 && y + height / 2 < box.bottom);
            const below = over ? getComputedStyle(over[0]).fill : getComputedStyle(document.body).backgroundColor;
            const [a, b] = [light(getComputedStyle(label).fill), light(below)].sort((p, q) => q - p);
            if (label.textContent) found.push([chart.id, label.textContent, (a + 0.05) / (b + 0.05)]);
        }
    }
    return found;
}
"""


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def report(chromium, full):
    return opened(chromium, full.report.path)


@pytest.fixture(scope="module")
def first(chromium, new):
    return opened(chromium, new.report.path)


@pytest.fixture
def dark(report):
    report.page.emulate_media(color_scheme="dark")
    yield report
    report.page.emulate_media(color_scheme="light")


def findings(opened):
    """Return what axe finds serious or critical, with all tables open and the words at a bar."""
    opened.page.locator("#sizes .chart .mark-rect.role-mark path").first.hover()
    opened.page.locator("#vg-tooltip-element.visible").wait_for()
    opened.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    found = Axe().run(opened.page).response["violations"]
    opened.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = false; })")
    return {
        violation["id"]: [node["html"] for node in violation["nodes"]]
        for violation in found
        if violation["impact"] in ("serious", "critical")
    }


@pytest.mark.parametrize("which", ["report", "first"])
def test_nothing_is_asked_of_a_network_and_nothing_is_complained_of(which, request):
    found = request.getfixturevalue(which)
    assert [url for url in found.requests if not url.startswith(("data:", "blob:"))] == [found.page.url]
    assert found.page.url.startswith("file://")
    assert found.complaints == []


@pytest.mark.parametrize(("which", "charts"), [("report", 26), ("first", 18)])
def test_every_chart_is_drawn(which, charts, request):
    marks = request.getfixturevalue(which).page.evaluate(MARKS)
    assert len(marks) == charts
    assert [name for name, number in marks if not number] == []


@pytest.mark.parametrize("which", ["report", "first"])
def test_every_section_and_every_picture_is_there(which, request):
    found = request.getfixturevalue(which)
    ids = "nodes => nodes.map(node => node.id)"
    assert found.page.locator("main > section").evaluate_all(ids) == ["short", "segments", *PICTURES, "how"]
    for section, pictures in PICTURES.items():
        assert found.page.locator(f"#{section} figure").evaluate_all(ids) == pictures
    parts = found.page.locator("#how .part").evaluate_all(ids)
    stability = ["stability"] if which == "report" else []
    assert parts == ["ledger", "guests", "model", "validation", *stability, "settings", "sources"]
    assert all(found.texts("figcaption p"))
    links = found.page.locator("nav a").evaluate_all("links => links.map(link => link.hash)")
    assert links == [f"#{name}" for name in ("short", "segments", *PICTURES, "how")]


def test_names_that_are_markup_are_shown_and_not_run(report):
    assert SCRIPT in report.texts(".card h3")
    assert {row[2] for row in report.table("products")} == set(PRODUCTS)
    assert SCRIPT in [row[0] for row in report.table("countries")]
    assert report.table("sources")[0][0] == "<script>alert(4)</script>.csv"
    assert report.texts(".card .who") == ["Who <b>buy</b>."] * 4
    drawn = report.texts("#products .chart text")
    assert any(text.startswith(f"3. {IMAGE[:14]}") for text in drawn)  # long names are cut
    bar = report.page.locator("#sizes .chart .mark-rect.role-mark path").nth(1)
    bar.hover()
    report.page.locator("#vg-tooltip-element.visible").wait_for()
    assert SCRIPT in report.page.locator("#vg-tooltip-element").inner_text()
    assert report.page.locator("script, img").count() == 3  # the figures, what draws, and what starts it
    assert report.complaints == []


def test_the_page_lets_no_other_script_run(report):
    report.page.evaluate(
        "const added = document.createElement('script'); added.text = 'window.ran = 1'; document.body.append(added)"
    )
    assert report.page.evaluate("window.ran") is None
    assert "Content Security Policy" in report.complaints.pop()


def test_axe_finds_nothing_serious_in_light(report):
    assert findings(report) == {}


def test_axe_finds_nothing_serious_in_dark(dark):
    assert dark.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
    assert findings(dark) == {}


def test_axe_finds_nothing_serious_on_a_first_day(first):
    assert findings(first) == {}


@pytest.mark.parametrize("which", ["report", "dark"])
def test_labels_in_grids_can_be_read_on_their_cells(which, request):
    found = request.getfixturevalue(which).page.evaluate(CONTRASTS)
    assert len(found) > 40
    assert [label for label in found if label[2] < 4.5] == []


def test_every_chart_says_in_words_what_it_shows(report):
    charts = report.page.locator(".chart")
    for place in range(charts.count()):
        assert charts.nth(place).get_attribute("role") == "img"
        words = charts.nth(place).get_attribute("aria-label")
        assert any(character.isdigit() for character in words), words
    assert report.page.locator("#sizes .chart").first.get_attribute("aria-label") == (
        "Bars of the customers of each segment: Loyal & 'co' 160, <script>alert(1)</script> 120, Hibernating 80 and "
        "Champions 40."
    )


def test_the_keyboard_reaches_the_content_and_opens_a_table(report):
    page = report.page
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert not page.locator("#sizes table").is_visible()
    page.keyboard.press("Enter")
    assert page.locator("#sizes table").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "Table: How many they are, and what they bring"
    )
    page.locator("#sizes summary").click()


def test_nothing_is_wider_than_a_phone(chromium, full):
    found = opened(chromium, full.report.path, device_scale_factor=1)
    found.page.set_viewport_size({"width": 390, "height": 844})
    found.page.reload()
    found.page.wait_for_function(DRAWN)
    assert found.page.evaluate("document.documentElement.scrollWidth") == 390
    wide = "charts => charts.filter(c => c.querySelector('svg').getBoundingClientRect().right > 390).map(c => c.id)"
    assert found.page.locator(".chart").evaluate_all(wide) == []
    found.page.context.close()


DRAWN = "[...document.querySelectorAll('.chart')].every(c => c.dataset.drawn)"
CUT_OFF = """charts => charts.flatMap(chart => {
    const svg = chart.querySelector("svg"), edge = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")]
        .filter(text => text.textContent.trim() && text.getAttribute("opacity") !== "0")
        .map(text => [text.textContent, text.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.left < edge.left - 2 || box.right > edge.right + 2 ||
                                           box.top < edge.top - 2 || box.bottom > edge.bottom + 2))
        .map(([words]) => `${chart.id}: ${words}`);
})"""

FITS = """[...document.querySelectorAll(".chart")].every(
    chart => Math.abs(chart.querySelector("svg").getBoundingClientRect().width - chart.clientWidth) < 2)"""


@pytest.mark.parametrize("width", [360, 390, 768])
def test_no_word_of_a_chart_is_cut_off_on_a_small_screen(chromium, full, width):
    found = opened(chromium, full.report.path, device_scale_factor=1)
    found.page.set_viewport_size({"width": width, "height": 844})
    found.page.reload()
    found.page.wait_for_function(DRAWN)
    assert found.page.locator(".chart").evaluate_all(CUT_OFF) == []
    found.page.context.close()


def test_no_word_of_a_chart_is_cut_off_when_the_window_changes_its_width(chromium, full):
    found = opened(chromium, full.report.path, device_scale_factor=1)
    for width in (480, 900, 600, 1280):  # headings are set aslant in one and upright in the next
        found.page.set_viewport_size({"width": width, "height": 844})
        found.page.wait_for_function(FITS)
        assert found.page.locator(".chart").evaluate_all(CUT_OFF) == []
    found.page.context.close()


def test_a_printed_report_has_charts_that_fit_and_tells_how_the_numbers_came_to_be(report):
    page = report.page
    before = page.locator("#history .chart svg").bounding_box()["width"]
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#history .chart svg").bounding_box()["width"] < 688 < before
    assert page.locator("#ledger table").is_visible()
    assert page.locator("#settings table").is_visible()
    assert not page.locator("nav").is_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#history .chart svg").bounding_box()["width"] == before
    assert not page.locator("#ledger table").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_without_scripts_the_tables_have_the_numbers(chromium, full):
    found = opened(chromium, full.report.path, java_script_enabled=False)
    assert "Charts need JavaScript; the tables have all of their numbers." in found.texts("noscript")[0]
    found.page.locator("#scores summary").click()
    assert found.page.locator("#scores table").is_visible()
    found.page.context.close()


def test_a_segment_has_one_colour_in_every_chart(report):
    fills = """
    id => [...document.querySelectorAll(`#${id} .chart`)].map(chart => [...chart.querySelectorAll(
        '.mark-rect.role-mark path, .mark-arc.role-mark path')].map(mark => getComputedStyle(mark).fill))
    """
    cards = report.page.locator(".card").evaluate_all("cards => cards.map(c => getComputedStyle(c).borderTopColor)")
    assert len(set(cards)) == len(NAMES)
    assert report.page.evaluate(fills, "sizes") == [cards, cards]
    assert report.page.evaluate(fills, "shares") == [cards, cards]
    assert [set(colors) for colors in report.page.evaluate(fills, "products")] == [{color} for color in cards]


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
    beyond = full.rows(
        "select (select -sum(amount) from clean.returns) - sum(returned) from rfm.customers where snapshot_on = "
        "(select max(snapshot_on) from rfm.customers)"
    )[0][0]
    for name in ("months", "countries"):
        (note,) = report.texts(f"#{name} .note")
        assert f"{beyond:,.0f} GBP came back from people who are no customers" in note
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
    assert first.texts(".short li")[-1] == "There is no snapshot before it: what moves is told from the next one on."
    assert first.texts(".tiles dt") == ["Customers", "Revenue", "Orders"]
    assert first.texts("#returns p") == ["Nothing was returned."]
    assert first.texts("#guests p") == ["Every line names a customer: nobody was left out as a guest."]
    assert first.texts("#validation p") == [
        f"No validation has run yet. dg launch --job validate --partition {DAY} runs one; it is in the next report."
    ]
    assert first.texts("#months figcaption p")[0].startswith("So far it is one month, September 2024")


def test_what_moved_is_told_for_the_day_and_for_the_month(report):
    told = report.texts(".short li")
    assert f"Since {BEFORE.day} September 2024, 4 new customers came and 8 customers (2.0%) changed segment" in told[2]
    assert f"Over the month, since {MONTH_BEFORE.day} August 2024: Loyal & 'co' +7 to 160" in told[-1]
