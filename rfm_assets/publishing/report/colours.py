"""The colour of a segment: the archetypes' where they name one, else one made of the name. It never changes."""

import re
from collections.abc import Mapping
from colorsys import hls_to_rgb
from hashlib import sha256

Colors = Mapping[str, str]  # by segment, or whatever else is drawn
LIGHTNESS = (0.36, 0.5, 0.64)  # seen on white and on black; marks have an outline, too
SATURATION = 0.6
VALID = re.compile(r"#[0-9a-f]{6}")


def segment_color(name: str, given: str | None = None) -> str:
    """Return a segment's colour as #rrggbb: the given one, else one that depends on nothing but the name."""
    if given and VALID.fullmatch(given):
        return given
    digest = sha256(name.encode()).digest()
    hue, lightness = int.from_bytes(digest[:2], "big") / 65536, LIGHTNESS[digest[2] % len(LIGHTNESS)]
    red, green, blue = (round(255 * part) for part in hls_to_rgb(hue, lightness, SATURATION))
    return f"#{red:02x}{green:02x}{blue:02x}"
