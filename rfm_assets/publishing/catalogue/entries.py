"""What the catalogue shows of a table after it was written: tables for people, and numbers that make a series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, TypeGuard

from rfm_assets.contracts.clean import KINDS, REASONS
from rfm_assets.engines.base import Engine, select
from rfm_assets.publishing.markdown import COUNT, HUNDREDTHS, PROFILE, SHARE, WHOLE, Columns, as_markdown, plain

if TYPE_CHECKING:
    import polars as pl

# The catalogue's column is narrow: what to do stands below the table.
SEGMENTS: Columns = {name: PROFILE[name] for name in PROFILE if name != "recommended_action"}
LEDGER: Columns = {
    "became": ("what the lines became", str),
    "lines": ("lines", COUNT),
    "share": ("share", "{:.2%}".format),
    "amount": ("money", HUNDREDTHS),
}
FILES: Columns = {
    "name": ("file", str),
    "status": ("status", str),
    "line_count": ("lines", COUNT),
    "unreadable_count": ("unreadable", COUNT),
    "first_on": ("from", str),
    "last_on": ("to", str),
}
DISTRIBUTION: Columns = {
    "measure": ("", str),
    "least": ("least", WHOLE),
    "low": ("5 %", WHOLE),
    "lower_quartile": ("25 %", WHOLE),
    "median": ("median", WHOLE),
    "upper_quartile": ("75 %", WHOLE),
    "high": ("95 %", WHOLE),
    "most": ("most", WHOLE),
}
CELLS: Columns = {
    "r_score": ("", "recency {}".format),
    **{f"f_{score}": (f"freq. {score}", COUNT) for score in range(1, 6)},
}
MOVES: Columns = {
    "from_segment": ("from", str),
    "to_segment": ("to", str),
    "cause": ("cause", str),
    "customers": ("customers", COUNT),
}
PRODUCTS: Columns = {
    "segment": ("segment", str),
    "description": ("product", str),
    "amount": ("money", WHOLE),
    "amount_share": ("share", SHARE),
}
COUNTRIES: Columns = {
    "segment": ("segment", str),
    "country": ("country", str),
    "customers": ("customers", COUNT),
    "amount_share": ("share of money", SHARE),
}
PLAYBOOK: Columns = {"segment": ("segment", str), "recommended_action": ("what to do", str)}
MOVES_SHOWN = 20
DECIMALS = 4


@dataclass(frozen=True)
class Entry:
    """Tables as Markdown, and facts: a number is drawn over the runs or days, a text is read."""

    markdown: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, float | str | None] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, float | str]:
        """The facts that there are, to four decimals: a number that is none is left out."""
        found = {name: fact for name, fact in self.facts.items() if isinstance(fact, str) or _is_number(fact)}
        return {name: round(fact, DECIMALS) if isinstance(fact, float) else fact for name, fact in found.items()}


def _is_number(fact: float | None) -> TypeGuard[float]:
    return fact is not None and isfinite(fact)


def files(engine: Engine) -> Entry:
    """Return the newest files."""
    return Entry({"newest files": as_markdown(engine.read(select("catalogue.files")), FILES)})


def ledger(engine: Engine) -> Entry:
    """Return what became of all lines read, in lines and in money."""
    import polars as pl

    totals = engine.row(select("report.ledger"), snapshot_on=date.max)
    read = totals["read_lines"]
    if not read:
        return Entry()
    classes = [*((name, f"accepted: {name}") for name in KINDS), *((name, f"rejected: {name}") for name in REASONS)]
    lines = [
        {
            "became": words,
            "lines": totals[f"{name}_lines"],
            "share": totals[f"{name}_lines"] / read,
            "amount": totals[f"{name}_amount"],
        }
        for name, words in (*classes, ("read", "all lines read"))
    ]
    rejected = sum(totals[f"{reason}_lines"] for reason in REASONS)
    return Entry(
        {"ledger": as_markdown(pl.DataFrame(lines), LEDGER)},
        {
            "lines_read_in_all": read,
            "rejected_share": rejected / read,
            "missing_customer_share": totals["missing_customer_lines"] / read,
        },
    )


def customers(engine: Engine, snapshot_on: date) -> Entry:
    """Return how recency, frequency and monetary are spread, and the customers by their scores."""
    spread = engine.read(select("catalogue.distribution"), snapshot_on=snapshot_on)
    cells = engine.read(select("catalogue.cells"), snapshot_on=snapshot_on)
    recency, frequency, monetary = spread.iter_rows(named=True)
    return Entry(
        {"distribution": as_markdown(spread, DISTRIBUTION), "customers by score": as_markdown(cells, CELLS)},
        {
            "customers": recency["customers"],
            "monetary": monetary["total"],
            "median_recency_days": recency["median"],
            "mean_frequency": frequency["mean"],
            "median_monetary": monetary["median"],
        },
    )


def segments(engine: Engine, snapshot_on: date) -> Entry:
    """Return the profile of the segments with what to do, how many changed theirs, and the share that each has."""
    profile = engine.read(select("catalogue.segments"), snapshot_on=snapshot_on)
    actions = [
        f"- **{plain(row['segment'])}**: {plain(row['recommended_action'])}" for row in profile.iter_rows(named=True)
    ]
    return Entry(
        {"profile": "\n".join([as_markdown(profile, SEGMENTS), "", *actions])},
        {
            "customers": int(profile["customers"].sum()),
            "changed_segment": int(profile["changed"].sum()),
            **{f"share {row['segment']}": row["customer_share"] for row in profile.iter_rows(named=True)},
        },
    )


def moves(engine: Engine, snapshot_on: date) -> Entry:
    """Return who went where and why, and the number of customers by cause."""
    import polars as pl

    found = engine.read(select("report.moves"), snapshot_on=snapshot_on)
    by_cause = found.group_by("cause").agg(pl.col("customers").sum()).sort("cause")
    more = found.height - MOVES_SHOWN
    words = "Nobody moved." if found.is_empty() else as_markdown(found.head(MOVES_SHOWN), MOVES)
    return Entry(
        {"moves": f"{words}\n\nand {more} more ways, in the table" if more > 0 else words},
        {"moved": int(found["customers"].sum()), **{f"moved by {cause}": count for cause, count in by_cause.rows()}},
    )


def top_products(engine: Engine, snapshot_on: date) -> Entry:
    """Return the first three products of each segment."""
    return _top(engine, "catalogue.top_products", PRODUCTS, snapshot_on)


def top_countries(engine: Engine, snapshot_on: date) -> Entry:
    """Return the first three countries of each segment."""
    return _top(engine, "catalogue.top_countries", COUNTRIES, snapshot_on)


def playbook(rows: pl.DataFrame) -> Entry:
    """Return what to do with the customers of each segment."""
    return Entry({"playbook": as_markdown(rows, PLAYBOOK)})


def _top(engine: Engine, name: str, columns: Columns, snapshot_on: date) -> Entry:
    return Entry(
        {"first three of each segment": as_markdown(engine.read(select(name), snapshot_on=snapshot_on), columns)}
    )
