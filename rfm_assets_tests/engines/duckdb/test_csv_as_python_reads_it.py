"""Each line of a CSV file is loaded or refused as Python's own csv module sees it, whatever is in its fields."""

import csv
import io

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rfm_assets_tests.engines.duckdb.reader import numbers_and_texts
from rfm_assets_tests.rows import HEADER

# What DuckDB takes for one record and Python's csv module for another is a file with broken quotes: not made here.
FIELD_TEXT = st.text(st.sampled_from("ab ,\"\n0;'\\"), max_size=6)
QUANTITIES = st.sampled_from(["1", "-2", "", "x", "1.5", "9999999999"])
RECORDS = st.lists(
    st.one_of(
        st.just([]),
        st.lists(FIELD_TEXT, min_size=1, max_size=10),
        st.tuples(
            st.just("1"), FIELD_TEXT, FIELD_TEXT, QUANTITIES, st.just("12/1/2010 8:26"), st.just("1.50"), FIELD_TEXT,
            FIELD_TEXT,
        ).map(list),
    ),
    max_size=12,
)  # fmt: skip


@given(records=RECORDS, end=st.sampled_from(["\n", "\r\n"]), last_end=st.booleans())
@hypothesis_settings(max_examples=80, deadline=None, derandomize=True)
def test_every_line_is_loaded_or_refused_as_pythons_csv_module_sees_it(reader, records, end, last_end):
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([HEADER, *records])
    content = text.getvalue() if last_end else text.getvalue().removesuffix(end)

    expected_loaded, expected_refused = [], []
    rows = csv.reader(io.StringIO(content, newline=""))
    physical = content.splitlines(keepends=True)
    next(rows)
    start = 2
    for fields in rows:
        number, start = start, rows.line_num + 1
        if len(fields) == len(HEADER) and fields[3] in ("1", "-2") and fields[4:6] == ["12/1/2010 8:26", "1.50"]:
            expected_loaded.append((number, *(fields[i] or None for i in (1, 2, 6, 7))))
        elif (line := "".join(physical[number - 1 : start - 1]).rstrip("\r\n")).strip(","):
            expected_refused.append((number, line))

    assert numbers_and_texts(reader.read(content)) == expected_refused
    assert reader.loaded("line_no, stock_code, description, customer_id, country") == expected_loaded
