"""The names that segments can have, what they mean and what to do: data that a marketing team can edit."""

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from rfm_assets.toml_files import Text, read_toml

Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]
Deviation = Annotated[float, Field(ge=-10, le=10)]


class ArchetypeError(ValueError):
    """The archetype file is wrong: the message names the file, the entry, the value and what is allowed."""


class Archetype(BaseModel):
    """A kind of customer: its name, who they are, what to do, its colour, and a prototype in standardised log space."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    description: Text
    recommended_action: Text
    color: Color | None = None
    prototype: tuple[Deviation, Deviation, Deviation]  # recency, frequency, monetary


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    archetype: Annotated[tuple[Archetype, ...], Field(min_length=1)]

    @field_validator("archetype")
    @classmethod
    def _names_differ(cls, archetypes: tuple[Archetype, ...]) -> tuple[Archetype, ...]:
        names = [archetype.name for archetype in archetypes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names there twice: {', '.join(twice)}")
        by_prototype = {archetype.prototype: archetype.name for archetype in archetypes}
        alike = [f"{a.name} and {by_prototype[a.prototype]}" for a in archetypes if by_prototype[a.prototype] != a.name]
        if alike:
            raise ValueError(f"prototypes there twice, so that chance would name them: {', '.join(alike)}")
        return archetypes


def load_archetypes(path: Path | None = None) -> tuple[Archetype, ...]:
    """Return the archetypes of a TOML file, in its order; the shipped ones without a path.

    Raises:
        ArchetypeError: the file is not there, is not TOML, or an entry lacks something or holds a wrong value.
    """
    file: Path | Traversable = path or files("rfm_assets.segmentation").joinpath("archetypes.toml")
    return read_toml(_File, file, ArchetypeError, setting="RFM_ARCHETYPES").archetype


def playbook_rows(archetypes: Sequence[Archetype], in_force: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the rows of `segments.playbook`: who the customers of each segment are and what to do.

    Args:
        archetypes: the names that there are now.
        in_force: rows of the playbook until now whose names the version in force gives. Renamed or taken away they stay
            while it scores, which it goes on to do when the next one fails its gates.
    """
    columns = {"segment": "name", "description": "description", "recommended_action": "recommended_action"}
    rows = pl.DataFrame([{ours: getattr(a, theirs) for ours, theirs in columns.items()} for a in archetypes])
    return rows if in_force is None else pl.concat([rows, in_force.join(rows, on="segment", how="anti")])
