"""Data that people edit, in TOML files: read as a model has it, or said in words what is wrong."""

import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Model = TypeVar("Model", bound=BaseModel)


def read_toml(
    model: type[Model],
    file: Path | Traversable,
    error: type[ValueError],
    *,
    setting: str = "",
    hint: str = "",
    **more: Any,
) -> Model:
    """Return what a file holds.

    Args:
        model: what it may hold.
        file: its path.
        error: the kind of error that is raised.
        setting: variable that names the file, where a person has set one.
        hint: what the file should look like.
        more: what the model has besides.

    Raises:
        ValueError: of the kind asked for; it is not there, is not TOML, or an entry is missing or wrong.
    """
    try:
        return model.model_validate({**tomllib.loads(file.read_text(encoding="utf-8-sig")), **more})
    except OSError as failure:
        named = f"{setting} is {str(file)!r}, which" if setting else file
        raise error(f"{named} cannot be read: {failure.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise error(f"{file} is not TOML: {failure}") from None
    except ValidationError as failure:
        told = [(_place(found["loc"]), found["msg"].removeprefix("Value error, ")) for found in _causes(failure)]
        wrong = "; ".join(f"{place}: {words}" if place else words for place, words in told)
        raise error(f"{file}: {wrong}{hint}") from None


def _causes(failure: ValidationError) -> list[ErrorDetails]:
    # A list in which nothing is right is too short besides, which tells nobody anything.
    wrong = failure.errors()
    within = {other["loc"][:depth] for other in wrong for depth in range(len(other["loc"]))}
    return [found for found in wrong if found["loc"] not in within]


def _place(location: tuple[int | str, ...]) -> str:
    # People count entries from 1.
    return " ".join(str(part + 1) if isinstance(part, int) else part for part in location)
