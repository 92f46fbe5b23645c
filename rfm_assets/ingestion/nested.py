"""Objects of JSON that hold others: an order with its customer and its items, as programming interfaces give it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import accumulate, chain

HOLDERS = {dict, list}  # what the values of most objects are none of
DOT = "."  # between the names of an object and of what it holds
Object = Mapping[str, object]


class SeveralListsError(ValueError):
    """Columns come from several lists of an object, whose elements do not belong together."""


def lines(found: dict[str, object], columns: Collection[str]) -> list[dict[str, object]]:
    """Return the lines that an object is, each as values by name: `customer.id`, `items.sku`.

    An object within belongs to each line. Of the list that columns are of, each element is a line; without such columns
    or elements, the object is one.

    Raises:
        SeveralListsError: columns are of several lists.
    """
    if HOLDERS.isdisjoint(map(type, found.values())):
        return [found]
    flat, lists = _flattened(found)
    wanted = [name for name in lists if any(column.startswith(name + DOT) for column in columns)]
    if len(wanted) > 1:
        raise SeveralListsError(f"the columns are of several lists: {', '.join(wanted)}. Map those of one")
    return [flat | _flattened(one, name + DOT)[0] for name in wanted for one in lists[name]] or [flat]


def names(objects: Iterable[Object]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the names that objects have, each once and in their order: beside lists, and by the list they are in.

    What holds others in one object may be empty in the next, and is no name of its own.
    """
    beside: dict[str, None] = {}
    within: dict[str, dict[str, None]] = {}
    for found in objects:
        flat, lists = _flattened(found)
        beside |= dict.fromkeys(flat)
        for name, elements in lists.items():
            for one in elements:
                within.setdefault(name, {}).update(dict.fromkeys(_flattened(one, name + DOT)[0]))
    holders = {holder for name in chain(beside, *within.values()) for holder in _holders(name)}
    return [name for name in beside if name not in holders], {name: list(found) for name, found in within.items()}


def _holders(name: str) -> Iterator[str]:
    """Give the names of what holds a value: `a` and `a.b` of `a.b.c`."""
    return accumulate(name.split(DOT)[:-1], lambda outer, inner: f"{outer}{DOT}{inner}")


def _flattened(found: Object, before: str = "") -> tuple[dict[str, object], dict[str, list[Object]]]:
    """Return the values of an object and of those within, by name, and the lists of objects."""
    flat: dict[str, object] = {}
    lists: dict[str, list[Object]] = {}
    for name, value in found.items():
        if isinstance(value, dict) and value:
            values, more = _flattened(value, before + name + DOT)
            flat |= values
            lists |= more
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            lists[before + name] = value
        else:
            flat[before + name] = value
    return flat, lists
