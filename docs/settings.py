"""Print the settings as the Markdown table of the README: `python -m docs.settings`."""

import types
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from rfm_assets.settings import PREFIX, Settings

TYPES = {
    Path: "path",
    date: "date",
    str: "text",
    SecretStr: "text, kept secret",
    int: "whole number",
    float: "number",
    bool: "true or false",
}


def settings_table() -> str:
    """Return one row per setting: its variable, default, what is allowed, what it means."""
    rows = [["variable", "default", "allowed", "meaning"], ["---"] * 4]
    for name, field in Settings.model_fields.items():
        default = "not set" if field.default is None else f"`{field.default}`"
        rows.append([f"`{PREFIX}{name.upper()}`", default, _allowed(field), field.description or ""])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


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
    if above:
        return f"above {above}, up to {most}" if most else f"above {above}"
    if least and most:
        return f"{least} to {most}"
    return f"{least} or more" if least else TYPES[kind]


if __name__ == "__main__":
    print(settings_table())
