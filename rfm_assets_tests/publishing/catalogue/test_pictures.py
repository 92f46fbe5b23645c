"""Pictures are small PNGs inside Markdown."""

from base64 import b64decode
from io import BytesIO

import polars as pl
from PIL import Image

from rfm_assets.publishing.catalogue.pictures import elbow

CANDIDATES = pl.DataFrame({
    "k": [3, 4, 5],
    "inertia": [500.0, 400.0, 350.0],
    "silhouette": [0.3, 0.4, 0.2],
    "is_chosen": [False, True, False],
})  # fmt: skip
MOST_BYTES = 30_000
MARK = (0xD9, 0x48, 0x0F)


def picture(candidates):
    words, _, encoded = elbow(candidates).removeprefix("![").removesuffix(")").partition("](data:image/png;base64,")
    return words, Image.open(BytesIO(b64decode(encoded, validate=True))), len(encoded)


def test_the_elbow_is_a_picture_of_inertia_and_silhouette_that_a_catalogue_can_keep():
    words, image, size = picture(CANDIDATES)
    assert words == "Inertia and silhouette by number of clusters; the chosen number is marked"
    assert image.format == "PNG"
    assert image.size == (528, 184)
    assert size < MOST_BYTES


def test_the_chosen_number_is_marked_in_both_halves():
    _, image, _ = picture(CANDIDATES)
    pixels = image.convert("RGB")
    marked = [x for x in range(image.width) for y in range(image.height) if near(pixels.getpixel((x, y)), MARK)]
    assert [x for x in marked if x < image.width / 2]
    assert [x for x in marked if x > image.width / 2]


def test_the_same_numbers_give_the_same_picture_and_others_another():
    assert elbow(CANDIDATES) == elbow(CANDIDATES.clone())
    assert elbow(CANDIDATES) != elbow(CANDIDATES.with_columns(pl.col("inertia") * pl.col("k")))


def near(colour, other):
    return max(abs(one - two) for one, two in zip(colour, other, strict=True)) < 24
