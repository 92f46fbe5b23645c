"""The colours of segments: the same for ever, and told apart by people with red-green blindness."""

from itertools import combinations

import numpy as np
import pytest

from rfm_assets.publishing.report.colours import segment_color
from rfm_assets.segmentation.archetypes import load_archetypes

# What people with red-green blindness see, of linear red, green and blue. Source: Machado, Oliveira and Fernandes, "A
# Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, table 1, severity 1.0.
SEEN = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
WHITE = np.array([0.95047, 1.0, 1.08883])
LEAST = 10  # CIE 1976 differences; about 2 can just be seen side by side


def lab(color, sight):
    """Return CIELAB of a colour as it is seen."""
    red_green_blue = np.array([int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(red_green_blue <= 0.04045, red_green_blue / 12.92, ((red_green_blue + 0.055) / 1.055) ** 2.4)
    xyz = np.array(TO_XYZ) @ np.clip(np.array(SEEN[sight]) @ linear, 0, 1) / WHITE
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SEEN)
def test_the_shipped_colours_can_be_told_apart(sight):
    colors = {archetype.name: archetype.color for archetype in load_archetypes()}
    assert len(colors) == 11
    near = {
        (one, other): distance
        for one, other in combinations(colors, 2)
        if (distance := float(np.linalg.norm(lab(colors[one], sight) - lab(colors[other], sight)))) < LEAST
    }
    assert near == {}


def test_the_shipped_colours_are_those_that_the_report_always_had():
    assert {archetype.name: segment_color(archetype.name, archetype.color) for archetype in load_archetypes()} == {
        "Champions": "#0078ff",
        "Loyal": "#78c3f0",
        "Big Spenders": "#0000f0",
        "Potential Loyalists": "#3c96b4",
        "New": "#87b496",
        "Promising": "#ffa500",
        "Needs Attention": "#f05a00",
        "At Risk": "#d2004b",
        "Cannot Lose": "#960000",
        "Hibernating": "#4b6996",
        "Lost": "#690fa5",
    }


def test_a_segment_of_ones_own_has_a_colour_that_depends_on_its_name_alone():
    assert segment_color("Gourmets") == segment_color("Gourmets", None) == "#da866c"
    assert segment_color("Gourmets", "red;}</style>") == "#da866c"
    assert segment_color("Gourmets", "#123abc") == "#123abc"
