"""Pictures of products: what each segment bought for most, and what came back."""

from typing import Any

from rfm_assets.publishing.markdown import HUNDREDTHS, SHARE
from rfm_assets.publishing.report import charts
from rfm_assets.publishing.report.colours import Colors
from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.pictures import Chart, Picture
from rfm_assets.publishing.report.tables import columns, table
from rfm_assets.publishing.report.words import count, labelled, listed, money, plural, share, short

RETURNS_COLOR = "#f05a00"
DRAWN = 5  # products
NAMELESS = (None, "", "Unknown")  # the last is what clean.transactions says of a product without a name
WITHOUT = "without a name"


def products_picture(figures: Figures, colors: Colors) -> Picture:
    """Return what each segment bought, and kept, for most."""
    heading = "Top products by segment"
    rows = _named(figures.frames["products"].to_dicts())
    if not rows:
        return Picture("products", heading, "No segment kept a product that it bought.", is_wide=True)
    if all(row["description"] == WITHOUT for row in rows):
        return Picture("products", heading, "The files name no products.", is_wide=True)
    unit = figures.currency
    drawn = []
    for profile in figures.profiles:
        name = profile["segment"]
        theirs = [row for row in rows if row["segment"] == name]
        if theirs:
            # A number before the name keeps two products of one name apart.
            named = [
                {"name": f"{row['place']}. {row['description']}", "amount": float(row["amount"]),
                 "label": short(row["amount"])}
                for row in theirs
            ]  # fmt: skip
            chart = charts.bars(named, "amount", unit, "~s", {str(row["name"]): colors[name] for row in named})
            drawn.append(Chart(chart, f"Bars of the top products of {name}: {_told(named, 'amount', unit)}.", name))
    first = {row["segment"]: row["description"] for row in rows if row["place"] == 1}
    told = [f"{row['segment']}: {first[row['segment']]}" for row in figures.profiles if row["segment"] in first]
    return Picture(
        "products", heading, f"What each segment spent most on, after returns: {'; '.join(told)}.", drawn,
        table("products-table", ["Segment", "Place", "Product", "Code", f"Amount, {unit}", "Share", "Units"],
              columns(rows, ("segment", str), ("place", str), ("description", str), ("stock_code", str),
                      ("amount", HUNDREDTHS), ("amount_share", SHARE), ("quantity", count)),
              left=(0, 2, 3)),
        is_wide=True, is_roomy=True,
    )  # fmt: skip


def returns_picture(figures: Figures, colors: Colors) -> Picture:
    """Return what came back: by segment, and the products that came back for most."""
    unit = figures.currency
    whole = figures.rows["returns"]
    if not whole["return_lines"]:
        return Picture("returns", "Returns", "Nothing was returned.", is_wide=True)
    products = _named(figures.frames["returned_products"].to_dicts())
    rates = [
        {"name": row["segment"], "rate": row["returns_rate"], "label": share(row["returns_rate"], 1)}
        for row in sorted(figures.profiles, key=lambda row: -row["returns_rate"])
    ]
    sales = figures.rows["ledger"]["sale_amount"]
    linked = float(whole["linked"] / whole["returned"]) if whole["returned"] else None
    told = labelled(rates)
    sentence = (
        f"{plural(whole['return_lines'], 'line was', 'lines were')} returned for {money(whole['returned'], unit)}, "
        f"{share(float(whole['returned'] / sales) if sales else None, 1)} of the sales; for {share(linked)} of "
        f"that money the sale is known. By segment, of its own sales: {told}."
    )
    most = [
        {"name": f"{place}. {row['description']}", "returned": float(row["returned"]), "label": short(row["returned"])}
        for place, row in enumerate(products[:DRAWN], start=1)
    ]
    bars = charts.bars(most, "returned", unit, "~s", {str(row["name"]): RETURNS_COLOR for row in most})
    parts = _told(most, "returned", unit)
    return Picture(
        "returns", "Returns", sentence,
        [Chart(charts.bars(rates, "rate", "share returned", "~%", colors),
               f"Bars of the returns of each segment as a share of its sales: {told}.", "Share of the segment's sales"),
         Chart(bars, f"Bars of the products returned for most: {parts}.", "Products with the highest returns")],
        table("returns-table", ["Product", "Code", f"Returned, {unit}", "Units", f"Sale known, {unit}"],
              columns(products, ("description", str), ("stock_code", str), ("returned", HUNDREDTHS),
                      ("quantity", count), ("linked", HUNDREDTHS)), left=(0, 1)),
        is_wide=True, is_roomy=True,
    )  # fmt: skip


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the products with a name to show: the code where there is no other."""
    names = ((row["description"], row["stock_code"], WITHOUT) for row in rows)
    return [
        {**row, "description": next(name for name in each if name not in NAMELESS)}
        for row, each in zip(rows, names, strict=True)
    ]


def _told(rows: list[dict[str, Any]], amount: str, unit: str) -> str:
    """Return the bars of products as a sentence has them."""
    return listed([f"{row['name']}: {money(row[amount], unit)}" for row in rows])
