"""The report as people open it: from disk, in a browser, light, dark, printed, on a phone, by keyboard, read aloud."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from rfm_assets_tests.publishing.report.browser import opened, wait_until
from rfm_assets_tests.publishing.report.drawings import CONTRASTS, CUT_OFF, DRAWN, FITS, MARKS, NEXT_FRAMES, TOUCHING
from rfm_assets_tests.publishing.report.shops import IMAGE, NAMES, PRODUCTS, SCRIPT, Shop

PICTURES = {
    "pictures": ["sizes", "shares", "standardised", "scores", "scatter"],
    "moving": ["moves", "history"],
    "sales": ["countries", "months", "weekdays", "products", "returns"],
    "found": ["distributions", "clusters"],
}


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


def test_the_number_behind_an_arabic_name_is_shown_behind_it(chromium, told):
    place = """
    (sentence, words) => {
        const text = sentence.firstChild, at = text.data.indexOf(words), range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + words.length);
        return range.getBoundingClientRect().left;
    }
    """
    with told(Shop()) as shop:
        for table in ("profiles", "customers", "playbook"):
            shop.connection.execute(f"update segments.{table} set segment = 'عملاء' where segment = 'Champions'")
        shop.write()
        found = opened(chromium, shop.report.path)
    sentence = found.page.locator("#sizes figcaption p")
    name, customers = (sentence.evaluate(f"sentence => ({place})(sentence, '{words}')") for words in ("عملاء", "40."))
    assert name < customers
    found.page.context.close()


def test_long_names_stay_whole_in_legends_and_beside_them_a_title_has_its_place(chromium, told):
    name = "Großkunden und Stammgäste in Übersee"
    with told(Shop()) as shop:
        for table, columns in (("profiles", ["segment"]), ("customers", ["segment", "previous_segment"])):
            for column in columns:
                there = f"{column} = 'Champions'"
                shop.connection.execute(f"update segments.{table} set {column} = $name where {there}", {"name": name})
        shop.write()
        found = opened(chromium, shop.report.path, device_scale_factor=1)
    for width in (375, 1200):
        found.page.set_viewport_size({"width": width, "height": 844})
        found.page.reload()
        wait_until(found.page, DRAWN)
        legends = found.page.locator(".chart .role-legend-label text").all_text_contents()
        assert name in legends
        assert [text for text in legends if "…" in text] == [], width
    title = found.page.locator("#moves .chart .role-axis-title text", has_text="segment before").bounding_box()
    names = found.page.locator("#moves .chart .role-axis-label text", has_text="Hibernating").last.bounding_box()
    assert title["x"] + title["width"] <= names["x"]
    found.page.context.close()


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
    wait_until(found.page, DRAWN)
    assert found.page.evaluate("document.documentElement.scrollWidth") == 390
    wide = "charts => charts.filter(c => c.querySelector('svg').getBoundingClientRect().right > 390).map(c => c.id)"
    assert found.page.locator(".chart").evaluate_all(wide) == []
    found.page.context.close()


def test_no_two_numbers_of_an_axis_are_written_alike(report):
    labels = """
    charts => charts.flatMap(chart => [...chart.querySelectorAll('.role-axis-label')].map(
        axis => [...axis.querySelectorAll('text')].map(label => label.textContent)))
    """
    axes = report.page.locator(".chart").evaluate_all(labels)
    assert ["0", "0.2%", "0.4%", "0.6%", "0.8%"] in [axis[:5] for axis in axes]  # the share of sales returned
    assert [axis for axis in axes if len(set(axis)) < len(axis)] == []


def test_no_word_of_a_chart_is_cut_off_and_no_numbers_of_an_axis_touch_on_a_small_screen(chromium, full):
    found = opened(chromium, full.report.path, device_scale_factor=1)
    for width in (320, 336, 360, 375, 390, 412, 768, 820):
        found.page.set_viewport_size({"width": width, "height": 844})
        found.page.reload()
        wait_until(found.page, DRAWN)
        for faults in (CUT_OFF, TOUCHING):
            assert found.page.locator(".chart").evaluate_all(faults) == [], width
        found.page.set_viewport_size({"width": width, "height": 900})  # a phone's address bar goes away
        found.page.evaluate(NEXT_FRAMES)
        assert found.page.locator(".chart").evaluate_all(CUT_OFF) == [], width
    found.page.context.close()


def test_no_word_of_a_chart_is_cut_off_when_the_window_changes_its_width(chromium, full):
    found = opened(chromium, full.report.path, device_scale_factor=1)
    for width in (480, 920, 600, 1280, 340, 740):  # headings are set aslant in one and upright in the next
        found.page.set_viewport_size({"width": width, "height": 844})
        wait_until(found.page, FITS)
        found.page.evaluate(NEXT_FRAMES)
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
    assert found.texts("noscript p") == ["Charts need JavaScript; the tables have all of their numbers."]
    told = found.page.locator("noscript p")
    assert told.bounding_box()["y"] < found.page.locator("#short").bounding_box()["y"]  # before what is missed
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
