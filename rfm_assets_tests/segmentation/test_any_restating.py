"""Whatever is corrected in a file: a snapshot that is not named as outdated is what building it again makes of it."""

from datetime import date, timedelta
from random import Random

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.restating import outdated_snapshots
from rfm_assets.segmentation.snapshots import store_customers
from rfm_assets_tests.rows import line

DAYS = [date(2010, 12, 1) + timedelta(days=n) for n in range(4)]
# Few values, so that lines often differ in one of them only.
VALUES = {
    "invoice": ("1", "2", "C1"),
    "customer": ("c1", "c2", ""),
    "at": [f"{day:%m/%d/%Y} 9:00" for day in DAYS],
    "quantity": (1, 2, -1),
    "price": ("1.00", "2.00"),
    "country": ("France", "Spain"),
}
CORRECTIONS = 20
CUSTOMERS = TABLES["rfm.customers"]
STORED = f"select {', '.join(CUSTOMERS.column_names)} from rfm.customers where snapshot_on = $on"


@pytest.mark.parametrize("monetary", ["net", "gross", "matched"])
def test_snapshots_that_are_not_named_are_of_the_orders_that_there_are(shop, monetary):
    draw = Random(monetary)  # noqa: S311 the same draws each time
    shop.engine.store(TABLES["rfm.grid"], select("rfm.grid"))
    lines = [{name: draw.choice(values) for name, values in VALUES.items()} for _ in range(6)]
    named = set(DAYS)
    for _ in range(CORRECTIONS):
        shop.drop("0.csv", line("0", "c0", VALUES["at"][0]), *(line(**one) for one in lines))
        shop.refresh()
        found = outdated_snapshots(shop.engine, monetary, 1).rows()
        named |= {day for day, reason, *_ in found if reason == "orders changed"}
        for day in DAYS:
            if day in named:
                store_customers(shop.engine, day, monetary)
            shop.engine.stage("buyers", select("rfm.buyers"), snapshot_on=day, monetary=monetary)
            made = shop.engine.read(select(CUSTOMERS.name), snapshot_on=day)
            stored = shop.engine.read(STORED, on=day)
            assert sorted(stored.rows()) == sorted(made.select(CUSTOMERS.column_names).rows())
        named, corrected = set(), draw.choice(list(VALUES))
        draw.choice(lines)[corrected] = draw.choice(VALUES[corrected])
