"""Pictures of the sales: by country, by month, by weekday and hour, products by segment, returns."""

from datetime import date

from rfm_assets.publishing.report import charts, scales
from rfm_assets.publishing.report.colours import Colors
from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.pictures import Chart, Picture
from rfm_assets.publishing.report.product_pictures import RETURNS_COLOR, products_picture, returns_picture
from rfm_assets.publishing.report.tables import table
from rfm_assets.publishing.report.words import MONTHS, WEEKDAYS, day, listed, money, plural, share, short

SALES_COLOR = "#0078ff"
LARGE = 100  # from such an amount on, cents say nothing


def sales_pictures(figures: Figures, colors: Colors) -> list[Picture]:
    """Return country, month, weekday and hour, products and returns."""
    return [
        _countries(figures),
        _months(figures),
        _weekdays(figures),
        products_picture(figures, colors),
        returns_picture(figures, colors),
    ]


def _counted(figures: Figures, row: dict) -> float:
    """Return what counts as revenue of a row: where monetary is gross the sales, else less the returns."""
    return float(row["sales"] if figures.totals["monetary_counts"] == "gross" else row["sales"] - row["returned"])


def _everybody(figures: Figures) -> str:
    """Return what these pictures count that the revenue on top does not, as a sentence; nothing where they agree."""
    beyond = figures.rows["beyond"]["returned"]
    if figures.totals["monetary_counts"] == "matched":
        return (
            "Revenue is here what was sold less all that came back, of everybody. On top, returns whose sale is known "
            "are left out together with what they return, and so are people who are no customers of this snapshot."
        )
    if not beyond or figures.totals["monetary_counts"] == "gross":
        return ""
    return (
        f"Returns are those of everybody: {money(beyond, figures.currency)} came back from people who are no customers "
        "of this snapshot, and the revenue of the segments does not count them."
    )


def _countries(figures: Figures) -> Picture:
    unit = figures.currency
    rows = [
        {**row, "name": row["country"] or plural(row["countries"], "other"), "revenue": _counted(figures, row)}
        for row in figures.frames["countries"].to_dicts()
    ]
    rows.sort(key=lambda row: (row["country"] is None, -row["revenue"]))
    total = sum(row["revenue"] for row in rows)
    drawn = [{"name": row["name"], "revenue": row["revenue"], "label": _part(row["revenue"], total)} for row in rows]
    told = [f"{row['name']} {money(row['revenue'], unit)} ({row['label']})" for row in drawn[:3]]
    chart = charts.bars(drawn, "revenue", f"revenue, {unit}", "~s", {row["name"]: SALES_COLOR for row in drawn})
    return Picture(
        "countries", "Revenue by country", f"{listed(told)}.",
        [Chart(chart, f"Bars of revenue by country: {listed(told)}.")],
        table("countries-table", ["Country", f"Sales, {unit}", f"Returns, {unit}", f"Revenue, {unit}", "Share"],
              [[row["name"], f"{row['sales']:,.2f}", f"{row['returned']:,.2f}", f"{row['revenue']:,.2f}",
                _part(row["revenue"], total)] for row in rows]),
        note=_everybody(figures),
    )  # fmt: skip


def _part(revenue: float, total: float) -> str:
    return share(revenue / total if total > 0 else None, 1)  # nothing has a share of a loss


def _months(figures: Figures) -> Picture:
    unit = figures.currency
    rows = figures.frames["months"].to_dicts()
    drawn = [
        {"on": f"{row['month_on']}T00:00:00", "kind": kind, "amount": sign * float(row[column]),
         "label": f"{row[column]:,.2f}"}
        for row in rows
        for kind, column, sign in (("sales", "sales", 1), ("returns", "returned", -1))
    ]  # fmt: skip
    best, last = max(rows, key=lambda row: row["sales"]), rows[-1]
    until = f" up to {day(figures.snapshot_on)}" if last["month_on"] == figures.snapshot_on.replace(day=1) else ""
    told = f"{_month(last['month_on'])}, with sales of {money(last['sales'], unit)}{until}."
    if len(rows) == 1:
        sentence = f"So far it is one month, {told}"
    elif best is last:
        sentence = f"The best month is the last one, {told}"
    else:
        sentence = (
            f"The best month was {_month(best['month_on'])} with sales of {money(best['sales'], unit)}; the last one, "
            f"{_month(last['month_on'])}, has {money(last['sales'], unit)}{until}."
        )
    chart = scales.months(drawn, unit, {"sales": SALES_COLOR, "returns": RETURNS_COLOR})
    return Picture(
        "months", "Sales and returns by month", sentence, [Chart(chart, f"Bars by month. {sentence}")],
        table("months-table", ["Month", f"Sales, {unit}", f"Returns, {unit}", f"Revenue, {unit}"],
              [[_month(row["month_on"]), f"{row['sales']:,.2f}", f"{row['returned']:,.2f}",
                f"{_counted(figures, row):,.2f}"] for row in reversed(rows)]),
        note=_everybody(figures),
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
    digits = 0 if max(found.values()) >= LARGE else 2
    by_weekday = {d: sum(amount for (weekday, _), amount in found.items() if weekday == d) for d in range(1, 8)}
    best_day = max(by_weekday, key=lambda d: by_weekday[d])
    (top_day, top_hour), top = max(found.items(), key=lambda item: item[1])
    idle = [WEEKDAYS[d - 1] for d, amount in by_weekday.items() if not amount]
    has_hours = any(hours)  # days alone read as midnight
    best_hour = f"; the best hour is {WEEKDAYS[top_day - 1]} from {top_hour}:00 ({money(top, unit)})"
    sentence = (
        f"{WEEKDAYS[best_day - 1]} sells most ({money(by_weekday[best_day], unit)}){best_hour if has_hours else ''}."
        + (f" Nothing was sold on a {listed(idle, 'or')}." if idle else "")
    )
    if not has_hours:
        bars = [{"name": WEEKDAYS[d - 1], "sales": amount, "label": short(amount)} for d, amount in by_weekday.items()]
        chart = charts.bars(bars, "sales", f"sales, {unit}", "~s", dict.fromkeys(WEEKDAYS, SALES_COLOR))
        return Picture(
            "weekdays", "Sales by weekday", sentence, [Chart(chart, f"Bars of sales by weekday. {sentence}")],
            table("weekdays-table", ["Weekday", f"Sales, {unit}"],
                  [[WEEKDAYS[d - 1], f"{amount:,.{digits}f}"] for d, amount in by_weekday.items()]),
        )  # fmt: skip
    chart = charts.heatmap(
        drawn, ("hour", hours, "hour of the day"), ("weekday", [name[:3] for name in WEEKDAYS], None),
        value="sales", title=unit, labels=False,
    )  # fmt: skip
    return Picture(
        "weekdays", "Sales by weekday and hour", sentence, [Chart(chart, f"Grid of sales. {sentence}")],
        table("weekdays-table", [f"Sales, {unit}, from", *WEEKDAYS],
              [[f"{hour}:00", *(f"{found.get((d, hour), 0):,.{digits}f}" for d in range(1, 8))] for hour in hours]),
        is_wide=True,
    )  # fmt: skip


def _month(on: date) -> str:
    return f"{MONTHS[on.month - 1]} {on.year}"
