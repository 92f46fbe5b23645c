"""Write the settings as Markdown, in short into the README and in full into docs/settings.md: `make settings`."""

import re
import types
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from rfm_assets.settings import PREFIX, Settings
from rfm_assets.settings.topic import Topic

TYPES = {
    Path: "path",
    date: "date",
    str: "text",
    SecretStr: "a secret: in the variable alone",
    int: "whole number",
    float: "number",
    bool: "true or false",
}
ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "settings.md"
README = ROOT / "README.md"
SHORT = re.compile(r"\| about \| settings and their defaults \|\n(\|.*\n)+")


def page() -> str:
    """Return a page with a table for each topic, a row for each setting: default, what is allowed, what it means."""
    tables = [
        f"## {topic}\n" + _table([["variable", "default", "allowed", "meaning"], ["---"] * 4, *map(_row, names)])
        for topic, names in _by_topic()
    ]
    return "# Settings\n`make settings` writes this page from `rfm_assets/settings`.\n\n" + "\n".join(tables)


def short() -> str:
    """Return a table with a row for each topic: its settings and their defaults."""
    rows = [[topic[0].lower() + topic[1:], ", ".join(map(_with_default, names))] for topic, names in _by_topic()]
    return _table([["about", "settings and their defaults"], ["---"] * 2, *rows])


def _by_topic() -> Iterator[tuple[str, list[str]]]:
    for topic in reversed(Settings.__bases__):
        if issubclass(topic, Topic):
            yield (topic.__doc__ or "").rstrip("."), list(topic.model_fields)


def _table(rows: list[list[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(name: str) -> list[str]:
    field = Settings.model_fields[name]
    default = "not set" if field.default is None else f"`{field.default}`"
    return [_variable(name), default, _allowed(field), field.description or ""]


def _variable(name: str) -> str:
    return f"`{PREFIX}{name.upper()}`"


def _with_default(name: str) -> str:
    default = Settings.model_fields[name].default
    return _variable(name) if default is None else f"`{PREFIX}{name.upper()}={default}`"


def _allowed(field: FieldInfo) -> str:
    kind = field.annotation
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    least = next((str(limit.ge) for limit in field.metadata if isinstance(limit, Ge)), None)
    most = next((str(limit.le) for limit in field.metadata if isinstance(limit, Le)), None)
    above = next((str(limit.gt) for limit in field.metadata if isinstance(limit, Gt)), None)
    below = next((str(limit.lt) for limit in field.metadata if isinstance(limit, Lt)), None)
    if least and most:
        return f"{least} to {most}"
    if above and most:
        return f"above {above}, up to {most}"
    told = {"above {}": above, "{} or more": least, "up to {}": most, "below {}": below}
    return ", ".join(words.format(limit) for words, limit in told.items() if limit) or TYPES[kind]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    README.write_text(SHORT.sub(lambda _: short(), readme), encoding="utf-8")
