"""Pictures of the sales: by country, by month, by weekday and hour, products by segment, returns."""

from rfm_assets.publishing.report import charts
from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.pictures import Chart, Picture
from rfm_assets.publishing.report.segment_pictures import Colors
from rfm_assets.publishing.report.tables import columns, table
from rfm_assets.publishing.report.words import MONTHS, WEEKDAYS, count, listed, money, plural, share, short

SALES_COLOR, RETURNS_COLOR = "#0078ff", "#f05a00"


def sales_pictures(figures: Figures, colors: Colors) -> list[Picture]:
    """Return country, month, weekday and hour, products and returns."""
    return [
        _countries(figures),
        _months(figures),
        _weekdays(figures),
        _products(figures, colors),
        _returns(figures, colors),
    ]


def _counted(figures: Figures, row: dict) -> float:
    """Return what counts as revenue of a row: with RFM_MONETARY gross the sales, else less the returns."""
    return float(row["sales"] if figures.settings["monetary"] == "gross" else row["sales"] - row["returned"])


def _countries(figures: Figures) -> Picture:
    unit = figures.currency
    rows = [
        {**row, "name": row["country"] or f"{row['countries']} others", "revenue": _counted(figures, row)}
        for row in figures.frames["countries"].to_dicts()
    ]
    total = sum(row["revenue"] for row in rows) or 1
    drawn = [
        {"name": row["name"], "revenue": row["revenue"], "label": share(row["revenue"] / total, 1)} for row in rows
    ]
    told = [f"{row['name']} {money(row['revenue'], unit)} ({row['label']})" for row in drawn[:3]]
    chart = charts.bars(drawn, "revenue", f"revenue, {unit}", "~s", {row["name"]: SALES_COLOR for row in drawn})
    return Picture(
        "countries", "Revenue by country", f"{listed(told)}.",
        [Chart(chart, f"Bars of revenue by country: {listed(told)}.")],
        table("countries-table", ["Country", f"Sales, {unit}", f"Returns, {unit}", f"Revenue, {unit}", "Share"],
              [[row["name"], f"{row['sales']:,.2f}", f"{row['returned']:,.2f}", f"{row['revenue']:,.2f}",
                share(row["revenue"] / total, 1)] for row in rows]),
    )  # fmt: skip


def _months(figures: Figures) -> Picture:
    unit = figures.currency
    rows = figures.frames["months"].to_dicts()
    drawn = [
        {"on": f"{row['month_on']}T00:00:00", "kind": kind, "amount": sign * float(row[column]),
         "label": f"{row[column]:,.2f}"}
        for row in rows
        for kind, column, sign in (("sales", "sales", 1), ("returns", "returned", -1))
    ]  # fmt: skip
    best = max(rows, key=lambda row: row["sales"])
    sentence = (
        f"The best month was {_month(best['month_on'])} with sales of {money(best['sales'], unit)}; the last one, "
        f"{_month(rows[-1]['month_on'])}, has {money(rows[-1]['sales'], unit)} up to its day "
        f"{figures.snapshot_on.day if rows[-1]['month_on'].month == figures.snapshot_on.month else 'end'}."
    )
    chart = charts.months(drawn, unit, {"sales": SALES_COLOR, "returns": RETURNS_COLOR})
    return Picture(
        "months", "Sales and returns by month", sentence, [Chart(chart, f"Bars by month. {sentence}")],
        table("months-table", ["Month", f"Sales, {unit}", f"Returns, {unit}", f"Revenue, {unit}"],
              [[_month(row["month_on"]), f"{row['sales']:,.2f}", f"{row['returned']:,.2f}",
                f"{_counted(figures, row):,.2f}"] for row in reversed(rows)]),
    )  # fmt: skip


def _weekdays(figures: Figures) -> Picture:
    unit = figures.currency
    rows = figures.frames["weekdays"].to_dicts()
    hours = range(min(row["hour"] for row in rows), max(row["hour"] for row in rows) + 1)
    found = {(row["weekday"], row["hour"]): float(row["sales"]) for row in rows}
    drawn = [
        {"weekday": WEEKDAYS[d - 1][:3], "hour": hour, "sales": found.get((d, hour), 0.0),
         "label": f"{found.get((d, hour), 0.0):,.0f}"}
        for d in range(1, 8)
        for hour in hours
    ]  # fmt: skip
    by_weekday = {d: sum(amount for (weekday, _), amount in found.items() if weekday == d) for d in range(1, 8)}
    best_day = max(by_weekday, key=lambda d: by_weekday[d])
    (top_day, top_hour), top = max(found.items(), key=lambda item: item[1])
    idle = [WEEKDAYS[d - 1] for d, amount in by_weekday.items() if not amount]
    sentence = (
        f"{WEEKDAYS[best_day - 1]} sells most ({money(by_weekday[best_day], unit)}); the best hour is "
        f"{WEEKDAYS[top_day - 1]} from {top_hour}:00 ({money(top, unit)})."
        + (f" Nothing was sold on a {' or '.join(idle)}." if idle else "")
    )
    chart = charts.heatmap(
        drawn, ("hour", hours, "hour of the day"), ("weekday", [name[:3] for name in WEEKDAYS], None),
        value="sales", title=unit, labels=False,
    )  # fmt: skip
    return Picture(
        "weekdays", "Sales by weekday and hour", sentence, [Chart(chart, f"Grid of sales. {sentence}")],
        table("weekdays-table", ["Hour", *WEEKDAYS],
              [[f"{hour}:00", *(f"{found.get((d, hour), 0):,.0f}" for d in range(1, 8))] for hour in hours]),
        is_wide=True,
    )  # fmt: skip


def _products(figures: Figures, colors: Colors) -> Picture:
    rows = figures.frames["products"].to_dicts()
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
            chart = charts.bars(
                named, "amount", figures.currency, "~s", {str(row["name"]): colors[name] for row in named}
            )
            parts = listed([f"{row['name']} {row['label']}" for row in named])
            drawn.append(Chart(chart, f"Bars of the top products of {name}: {parts}.", name))
    first = [row for row in rows if row["place"] == 1]
    told = [f"{row['segment']}: {row['description']}" for row in first]
    unit = figures.currency
    return Picture(
        "products", "Top products by segment",
        f"What each segment bought, and kept, for most: {'; '.join(told)}." if told else "No product was kept.",
        drawn,
        table("products-table", ["Segment", "Place", "Product", "Code", f"Amount, {unit}", "Share", "Units"],
              columns(rows, ("segment", str), ("place", str), ("description", str), ("stock_code", str),
                      ("amount", "{:,.2f}".format), ("amount_share", "{:.1%}".format), ("quantity", count)),
              left=(0, 2, 3)),
        is_wide=True,
    )  # fmt: skip


def _returns(figures: Figures, colors: Colors) -> Picture:
    unit = figures.currency
    whole, totals = figures.rows["returns"], figures.totals
    products = figures.frames["returned_products"].to_dicts()
    rates = [
        {"name": row["segment"], "rate": row["returns_rate"], "label": share(row["returns_rate"], 1)}
        for row in sorted(figures.profiles, key=lambda row: -row["returns_rate"])
    ]
    sales = figures.rows["ledger"]["sale_amount"]
    linked = float(whole["linked"] / whole["returned"]) if whole["returned"] else None
    told = listed([f"{row['name']} {row['label']}" for row in rates])
    sentence = (
        f"{plural(whole['return_lines'], 'line')} were returned for {money(whole['returned'], unit)}, "
        f"{share(float(whole['returned'] / sales) if sales else None, 1)} of the sales; for {share(linked)} of "
        f"that money the sale is known. By segment: {told}."
        if totals["returned"] or whole["return_lines"]
        else "Nothing was returned."
    )
    return Picture(
        "returns", "Returns", sentence,
        [Chart(charts.bars(rates, "rate", "returns as a share of sales", ".0%", colors),
               f"Bars of the returns of each segment as a share of its sales. {sentence}")],
        table("returns-table", ["Product", "Code", f"Returned, {unit}", "Units", f"Sale known, {unit}"],
              columns(products, ("description", str), ("stock_code", str), ("returned", "{:,.2f}".format),
                      ("quantity", count), ("linked", "{:,.2f}".format)), left=(0, 1)) if products else None,
        note="The table has the products returned for most.",
    )  # fmt: skip


def _month(on: object) -> str:
    return f"{MONTHS[on.month - 1]} {on.year}"  # type: ignore[attr-defined]
