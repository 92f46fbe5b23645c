"""A published file written as a test needs it, and what a copy of it holds on the server."""

from datetime import date

import duckdb
import psycopg

from rfm_assets.contracts import PUBLISHED

DAYS = [date(2011, 12, day) for day in (7, 8, 9)]


def publish(path, days, customers=3, mark='it\'s "quoted", \\N; né'):
    """Write a published file: so many customers a day, each with the number of days as frequency."""
    path.unlink(missing_ok=True)
    latest, version = days[-1], date(2011, 12, 1)
    with duckdb.connect(str(path)) as file:
        for name, table in PUBLISHED.items():
            columns = ", ".join(f"{c.name} {c.type}" for c in table.columns)
            file.execute(f"create table {name.removeprefix('published.')} ({columns})")
        many = (
            "insert into {} by name select $day as snapshot_on, concat('c', i) as customer_id, i as recency_days,"
            " $frequency as frequency, cast(i as decimal(28, 4)) / 4 as monetary, 1 as r_score, 1 as f_score,"
            " 1 as m_score, 'Loyal' as rfm_segment, $mark as segment, case when i % 2 = 0 then '' end"
            " as previous_segment, i / 3 as margin, '' as recommended_action, $version as model_version,"
            " 'Lost' as second_segment, 0.1 as distance from range($customers) as numbers(i)"
        )
        values = {"frequency": len(days), "mark": mark, "version": version, "customers": customers}
        for day in days:
            own = values if day == latest else {**values, "frequency": 1}
            file.execute(many.format("segment_history"), {"day": day, **own})
        file.execute(many.format("segments"), {"day": latest, **values})
        file.execute("insert into segment_moves values ($1, $1, null, 'Loyal', 'arrived', 2)", [latest])
        file.execute("insert into playbook values ($1, 'who', 'what')", [mark])
        counts = ", ".join(
            f"0 as {name}_rows"
            for name in ("segments", "segment_history", "segment_profiles", "segment_moves", "playbook")
        )
        file.execute("insert into about by name select 1 as contract_version, $1 as snapshot_on, $2 as model_version,"
                     f" timestamp '2011-12-09 05:00:01.5' as built_at, {counts},"
                     " $3 as customers, 'net' as monetary_counts, 'GBP' as currency, 'a.csv' as sources",
                     [latest, version, customers])  # fmt: skip
    return path


def rows(url, statement, *values):
    with psycopg.connect(url) as connection:
        return connection.execute(statement, values).fetchall()
