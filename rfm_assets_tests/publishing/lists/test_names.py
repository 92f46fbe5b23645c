"""A segment may be called anything: its file name is safe, and no other segment's."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_assets.publishing.lists.names import file_names


@pytest.mark.parametrize(
    ("segment", "file"),
    [
        ("At Risk", "At Risk.csv"),
        ("Stammkäufer", "Stammkäufer.csv"),
        ("A/B", "A%2FB.csv"),
        ("..", "%2E..csv"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.csv"),
        ("-rf", "%2Drf.csv"),
        ("100%", "100%25.csv"),
        ("a\nb\x00", "a%0Ab%00.csv"),
        ("CON", "%43ON.csv"),
        ("Com1", "%43om1.csv"),
        (r"<a>\b|c?*", "%3Ca%3E%5Cb%7Cc%3F%2A.csv"),
        ("a" * 200, "a" * 200 + ".csv"),
        ("nul.backup", "%6Eul.backup.csv"),
        ("Changes", "%43hanges.csv"),
        ("\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "😀.csv"),
    ],
)
def test_a_file_is_named_as_the_segment_where_it_can_be_and_as_in_a_url_where_not(segment, file):
    assert file_names([segment]) == {segment: file}


def test_names_that_some_file_system_takes_for_one_are_told_apart():
    names = ["Loyal", "loyal", unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é"), "other"]
    found = file_names(names)
    assert found["other"] == "other.csv"
    assert found["Loyal"] == "Loyal-5aa428d4.csv"
    assert len({unicodedata.normalize("NFKC", file).casefold() for file in found.values()}) == 5


def test_names_that_no_file_system_takes_for_their_length_are_cut_between_two_letters_and_told_apart():
    found = file_names(["x" + "é" * 100 + end for end in "ab"])
    assert {file.partition("-")[0] for file in found.values()} == {"x" + "é" * 99}
    assert len(set(found.values())) == 2


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), unique=True))
def test_any_names_give_files_of_the_folder_no_two_alike(names):
    found = file_names(names)
    assert len({unicodedata.normalize("NFKC", file).casefold() for file in found.values()}) == len(names)
    for file in found.values():
        assert Path(file).name == file
        assert file.endswith(".csv")
        assert not file.startswith((".", "-", "~", " "))
        assert file.casefold() != "changes.csv"
        assert len(file.encode()) < 250
