"""The sample as one CSV file, with a few lines that nothing can read."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from rfm_assets.sample import shop
from rfm_assets.sample.chunks import expand
from rfm_assets.sample.plan import plan_orders

# After so many good lines the last one comes again, unreadable: one line in 2,500 and in no way lost, because a lost
# sale would leave a return without its sale.
GOOD_LINES_PER_UNREADABLE = 2_500


@dataclass(frozen=True)
class SampleSummary:
    """What was written: lines below the header, how many of them are unreadable, and customers with an id."""

    lines: int
    unreadable: int
    customers: int


def write_sample(path: Path, *, scale: float = 1.0, seed: int = 7) -> SampleSummary:
    """Write a sample shop as CSV in the shape of Online Retail, and return what was written.

    The lines are those of ``sample_chunks`` (see there for the arguments) and the unreadable ones. The file appears
    under its name when it is complete; until then it is ``path`` with ``.part`` added.

    Raises:
        ValueError: the scale is not a positive number.
    """
    plan = plan_orders(scale, seed, shop.FIRST_DAY, shop.LAST_DAY)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    good = unreadable = 0
    with aside.open("wb") as file:
        for number, chunk in enumerate(expand(plan)):
            for part in chunk.iter_slices(GOOD_LINES_PER_UNREADABLE):
                part.write_csv(file, include_header=number == 0 and good == 0)
                good += part.height
                if part.height == GOOD_LINES_PER_UNREADABLE:
                    file.write(_garble(part.row(-1), unreadable))
                    unreadable += 1
    aside.replace(path)
    return SampleSummary(good + unreadable, unreadable, plan.customers_in_file)


def _garble(line: tuple[str | None, ...], number: int) -> bytes:
    """Return the line as it cannot be read: a bad quantity, a bad date, two fields missing or one too many, in turn."""
    forms = (
        [*line[:3], "1O", *line[4:]],
        [*line[:4], "13/32/2024 9:05", *line[5:]],
        line[:-2],
        [*line, "1"],
    )
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(forms[number % len(forms)])
    return text.getvalue().encode()
