"""Snapshots of segments in a warehouse, written as a test needs them, and the lists that are published of them."""

import csv
from datetime import date

from rfm_assets.publishing.lists.delivery import deliver
from rfm_assets.publishing.lists.publication import publish_lists
from rfm_assets_tests.rows import write_rows

FIRST, SECOND, THIRD = date(2011, 12, 1), date(2011, 12, 2), date(2011, 12, 3)
OLD_MODEL, NEW_MODEL = date(2011, 11, 1), date(2011, 12, 1)


def customer(customer_id, on, segment, model, digest):
    return (on, customer_id, 5, 2, "12.5", 5, 2, 3, "Loyal", segment, None, None, None, 0.25, "thank them", model,
            None, None, digest)  # fmt: skip


class Segments:
    """Snapshots, and who moved in them; written as a whole each time."""

    def __init__(self, warehouse, published):
        self.warehouse, self.published = warehouse, published
        self.days, self.moves = {}, {}

    def snapshot(self, on, segments, *moves, model=OLD_MODEL, **fit):
        digest = fit["digest"] if "digest" in fit else f"{model} {fit.get('fit', 'once')}"
        self.days[on] = [customer(name, on, segment, model, digest) for name, segment in segments.items()]
        self.moves[on] = [(on, before, *move) for before in [max((d for d in self.days if d < on), default=None)]
                          for move in moves]  # fmt: skip
        write_rows(self.warehouse, "segments.customers", *(row for rows in self.days.values() for row in rows))
        if moved := [row for rows in self.moves.values() for row in rows]:
            write_rows(self.warehouse, "segments.customer_moves", *moved)

    def publish(self):
        return publish_lists(self.warehouse, self.published)

    def send(self, *destinations):
        return deliver(self.publish(), destinations, self.published)

    def changes(self):
        return [tuple(row.values())[:4] for row in read(self.published / "lists" / "changes.csv")]


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
