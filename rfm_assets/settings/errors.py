"""What is wrong with settings, in words that name the setting, its value and what is allowed."""

import os
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

PREFIX = "RFM_"
# Variables with our prefix that are no settings: which file they stand in, and where the tests find the real data.
OTHERS = {"settings", "online_retail"}
# A Kubernetes service named rfm... puts such variables into every container.
KUBERNETES = re.compile(r".*_(service_host|service_port(_.*)?|port(_\d+_(tcp|udp)(_.*)?)?)")
NEAR = 0.75  # of difflib: RFM_MONETRAY is near RFM_MONETARY


class SettingsError(ValueError):
    """A setting is wrong: the message names the setting, its value and what is allowed."""


def misspelt_variables(settings: Collection[str]) -> list[str]:
    """Return what is wrong with variables whose names are near a setting's; far ones may be another program's."""
    found = []
    for variable in sorted(os.environ):
        name = variable.upper().removeprefix(PREFIX).lower()
        is_right = name in OTHERS or (name in settings and variable.isupper())
        if not variable.upper().startswith(PREFIX) or is_right:
            continue
        if not KUBERNETES.fullmatch(name) and (near := get_close_matches(name, settings, 1, NEAR)):
            found.append(f"{variable} is not a setting: did you mean {PREFIX}{near[0].upper()}? Correct it or unset it")
    return found


def error_in_words(error: ErrorDetails, settings: Mapping[str, FieldInfo], secrets: Collection[str], file: Path) -> str:
    """Return one error of pydantic's; the value of a secret is not told."""
    if not error["loc"]:
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        if near := get_close_matches(name.lower().removeprefix(PREFIX.lower()), settings, 1, NEAR):
            return f"{name} in {file} is not a setting: did you mean {near[0]}? Correct it or take it out"
        return f"{name} in {file} is not a setting. The settings are: {', '.join(settings)}"
    found = "wrong (and kept secret)" if name in secrets else repr(str(error["input"]))
    where = "" if f"{PREFIX}{name.upper()}" in os.environ else f". It stands in {file}"
    told = error["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()} is {found}. {told[0].upper()}{told[1:]} ({settings[name].description}){where}"
