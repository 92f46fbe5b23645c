"""Objects of JSON that hold others: an order with its customer and its items, as programming interfaces give it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import accumulate, chain

HOLDERS = {dict, list}  # what the values of most objects are none of
DOT = "."  # between the names of an object and of what it holds
Object = Mapping[str, object]


class SeveralListsError(ValueError):
    """Columns come from several lists of an object, whose elements do not belong together: neither is in the other."""


def lines(found: dict[str, object], columns: Collection[str]) -> list[dict[str, object]]:
    """Return the lines that an object is, each as values by name: `customer.id`, `items.sku`.

    An object within belongs to each line. Of the list that columns are of, each element is a line, or several, if
    columns are of a list in it (`orders.items.sku`); without such columns or elements, the object is one. A list that
    all columns are of, and that is empty, has no lines: a page behind the last order.

    Raises:
        SeveralListsError: columns are of several lists.
    """
    if HOLDERS.isdisjoint(map(type, found.values())):
        return [found]
    return _lines(found, columns, "")


def _lines(found: Object, columns: Collection[str], before: str) -> list[dict[str, object]]:
    flat, lists = _flattened(found, before)
    if any(values == [] and all(column.startswith(name + DOT) for column in columns) for name, values in flat.items()):
        return []
    wanted = [name for name in lists if any(column.startswith(name + DOT) for column in columns)]
    if len(wanted) > 1:
        raise SeveralListsError(f"the columns are of several lists: {', '.join(wanted)}. Map those of one")
    if not wanted:
        return [flat]
    return [flat | line for name in wanted for one in lists[name] for line in _lines(one, columns, name + DOT)]


def names(objects: Iterable[Object]) -> dict[str, list[str]]:
    """Return the names that the lines of objects may have, each once and in their order, by the list that they are of.

    The first list is none, ``""``; the lines of one in another have the names beside both. What holds others in one
    object may be empty in the next, and is no name of its own.
    """
    by_list: dict[str, dict[str, None]] = {"": {}}
    for found in objects:
        _add_names(by_list, found, "")
    holding = {holder for name in chain(*by_list.values()) for holder in holders(name)}
    outer = {name: dict.fromkeys(["", *holders(name), name]) for name in by_list}
    return {
        within: [name for each in outer[within] for name in by_list.get(each, ()) if name not in holding]
        for within in by_list
    }


def _add_names(by_list: dict[str, dict[str, None]], found: Object, within: str) -> None:
    flat, lists = _flattened(found, within and within + DOT)
    by_list.setdefault(within, {}).update(dict.fromkeys(flat))
    for name, elements in lists.items():
        for one in elements:
            _add_names(by_list, one, name)


def holders(name: str) -> Iterator[str]:
    """Give the names of what holds a value: `a` and `a.b` of `a.b.c`."""
    return accumulate(name.split(DOT)[:-1], lambda outer, inner: f"{outer}{DOT}{inner}")


def _flattened(found: Object, before: str) -> tuple[dict[str, object], dict[str, list[Object]]]:
    """Return the values of an object and of those within, by name, and the lists of objects."""
    flat: dict[str, object] = {}
    lists: dict[str, list[Object]] = {}
    for name, value in found.items():
        if isinstance(value, dict) and value:
            values, more = _flattened(value, before + name + DOT)
            flat |= values
            lists |= more
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            lists[before + name] = [one if isinstance(one, dict) else {} for one in value]  # a line that has nothing
        else:
            flat[before + name] = value
    return flat, lists
