"""Pictures over time: who went where since the snapshot before, and the segments from snapshot to snapshot."""

from collections import defaultdict

from rfm_assets.publishing.report import charts, scales
from rfm_assets.publishing.report.colours import Colors
from rfm_assets.publishing.report.figures import DAYS, Figures
from rfm_assets.publishing.report.pictures import Chart, Picture
from rfm_assets.publishing.report.sentences import by_model, largest_movements
from rfm_assets.publishing.report.tables import table
from rfm_assets.publishing.report.words import NO_VALUE, count, day, listed, plural, short

ARRIVED, ERASED = "(new customers)", "(no longer there)"


def time_pictures(figures: Figures, colors: Colors) -> list[Picture]:
    """Return the matrix of moves and the lines of the segments."""
    return [_moves(figures), _history(figures, colors)]


def _moves(figures: Figures) -> Picture:
    name, heading = "moves", "Who went where"
    if figures.previous_on is None:
        sentence = f"There is no snapshot before {day(figures.snapshot_on)} that customers could have moved from."
        return Picture(name, heading, sentence, is_wide=True)
    cells: dict[tuple[str, str], int] = defaultdict(int)
    for row in figures.frames["stayed"].to_dicts():
        cells[row["segment"], row["segment"]] += row["customers"]
    moved: dict[tuple[str, str], int] = defaultdict(int)
    for row in figures.frames["moves"].to_dicts():
        moved[row["from_segment"] or ARRIVED, row["to_segment"] or ERASED] += row["customers"]
    stayed = sum(cells.values())
    known = [row["segment"] for row in figures.profiles]
    sources = _ordered(known, {source for source, _ in [*cells, *moved]}, ARRIVED)
    targets = _ordered(known, {target for _, target in [*cells, *moved]}, ERASED)
    # Those who stay are many times those who move: in one scale the moves would all look like nothing.
    drawn = [
        {
            "from": source,
            "to": target,
            "customers": moved.get((source, target)),
            "label": _label(cells.get((source, target)) or moved.get((source, target), 0)),
        }
        for source in sources
        for target in targets
    ]
    sentence = (
        f"From {day(figures.previous_on)} to {day(figures.snapshot_on)}, {plural(stayed, 'customer')} stayed where "
        f"they were. " + (largest_movements(figures) if figures.movements else "Nobody changed segment.")
    )
    chart = charts.heatmap(
        drawn, ("to", targets, "segment now"), ("from", sources, "segment before"), value="customers",
        title="customers", height=34,
    )  # fmt: skip
    body = [
        [source, *(count(n) if (n := cells.get((source, target), 0) + moved.get((source, target), 0)) else NO_VALUE
                   for target in targets)]
        for source in sources
    ]  # fmt: skip
    return Picture(
        name, heading, sentence, [Chart(chart, f"Matrix of moves: {sentence}")],
        table("moves-table", ["From, in rows; to, in columns", *targets], body),
        note="Colour shows how many moved; numbers without colour stayed.", is_wide=True,
    )  # fmt: skip


def _label(number: int) -> str:
    """Return a number that a narrow column has room for; the table has all of it."""
    return (count(number) if number < 10_000 else short(number)) if number else ""


def _history(figures: Figures, colors: Colors) -> Picture:
    rows = figures.frames["history"].to_dicts()
    days = sorted({row["snapshot_on"] for row in rows})
    by_day: dict[object, dict[str, int]] = defaultdict(dict)
    for row in rows:
        by_day[row["snapshot_on"]][row["segment"]] = row["customers"]
    if len(days) == 1:
        sentence = f"So far there is one snapshot, of {day(days[0])}; lines begin with the next one."
        return Picture("history", "Segments over time", sentence, is_wide=True)
    names = [name for name in colors if any(name in segments for segments in by_day.values())]
    drawn = [
        {"segment": name, "on": f"{on}T00:00:00", "customers": by_day[on].get(name, 0)} for on in days for name in names
    ]
    first, last = by_day[days[0]], by_day[days[-1]]
    told = listed([f"{name} from {count(first.get(name, 0))} to {count(last.get(name, 0))}" for name in names])
    sentence = f"{plural(len(days), 'snapshot')} from {day(days[0])} to {day(days[-1])}. Customers: {told}."
    sentence += by_model(figures, days[0])
    note = f"Each of the last {DAYS} snapshots, and the last one of each month before." if len(days) >= DAYS else ""
    chart = scales.lines(drawn, "customers", "customers", "~s", {name: colors[name] for name in names})
    return Picture(
        "history", "Segments over time", sentence, [Chart(chart, f"Lines of the customers by segment. {sentence}")],
        table("history-table", ["Snapshot", *names],
              [[on.isoformat(), *(count(by_day[on].get(n, 0)) for n in names)] for on in reversed(days)]),
        note=note, is_wide=True,
    )  # fmt: skip


def _ordered(known: list[str], found: set[str], last: str) -> list[str]:
    others = sorted(found - {*known, last})
    return [*(name for name in known if name in found), *others, *([last] if last in found else [])]
