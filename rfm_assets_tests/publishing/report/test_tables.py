"""Tables of the report: any text stays the text that it is."""

import pytest

from rfm_assets.publishing.report.tables import table

NAME = "<b>VIP</b> {{m^2}} & co"


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_markup_and_units_are_shown_as_they_are_written_in_headings_and_cells(place):
    rows = [["segment", "customers"], ["Loyal", "7"]]
    rows[place[0]][place[1]] = NAME
    html = table("moves", rows[0], rows[1:])
    assert ">&lt;b&gt;VIP&lt;/b&gt; {{m^2}} &amp; co<" in html.replace("&#123;", "{")
