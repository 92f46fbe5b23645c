"""The archetypes as a marketing team edits them: what is shipped, and what is said about a file that is wrong."""

from datetime import date
from importlib.resources import files

import pytest

from rfm_assets.engines.base import select
from rfm_assets.segmentation.archetypes import ArchetypeError, load_archetypes, playbook_rows
from rfm_assets.segmentation.rules import rules_of
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.sql.snapshots import write_model

VERSION = date(2011, 12, 1)
ENTRY = """
[[archetype]]
name = "Regulars"
description = "Buy each month."
recommended_action = "Say thanks."
prototype = [-0.5, 1, 0.5]
"""
OTHER = ENTRY.replace("Regulars", "Others").replace("[-0.5, 1,", "[0.5, -1,")


@pytest.fixture
def wrong(tmp_path):
    """Write a file of archetypes and return the message that loading it stops with, without the file's name."""
    path = tmp_path / "own.toml"

    def message(text):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ArchetypeError) as raised:
            load_archetypes(path)
        assert str(raised.value).startswith(str(path))
        return str(raised.value).removeprefix(str(path))

    return message


def test_the_shipped_archetypes_name_as_many_clusters_as_can_be_asked_for():
    archetypes = load_archetypes()
    assert len({archetype.name for archetype in archetypes}) == len(archetypes) >= 10
    assert all(archetype.recommended_action and archetype.description for archetype in archetypes)
    assert len({archetype.prototype for archetype in archetypes}) == len(archetypes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_an_own_file_is_read_in_its_order_also_with_the_mark_that_windows_puts_before_it(tmp_path, encoding):
    path = tmp_path / "own.toml"
    path.write_text(OTHER + ENTRY, encoding=encoding)
    assert [(a.name, a.prototype) for a in load_archetypes(path)] == [
        ("Others", (0.5, -1.0, 0.5)),
        ("Regulars", (-0.5, 1.0, 0.5)),
    ]


def test_a_colour_may_be_written_in_capitals(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(f'{ENTRY}color = "#0078FF"')
    assert load_archetypes(path)[0].color == "#0078ff"


def test_the_playbook_has_a_row_for_each_archetype(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(ENTRY)
    assert playbook_rows(load_archetypes(path)).to_dicts() == [
        {"segment": "Regulars", "description": "Buy each month.", "recommended_action": "Say thanks."}
    ]


def test_names_that_the_version_in_force_gives_or_the_latest_snapshot_has_keep_their_rows_and_others_go(
    tmp_path, warehouse
):
    path = tmp_path / "own.toml"
    path.write_text(ENTRY)
    write_rows(
        warehouse,
        "segments.playbook",
        ("Regulars", "who they were", "do this"),
        ("Loyal", "they come back", "thank them"),
        ("Gone", "of an older version", "let go"),
        ("Left", "until the snapshot is scored again", "as before"),
    )
    days = ((date(2011, 12, 8), "Gone"), (date(2011, 12, 9), "Left"))
    scored = (
        (on, name, 5, 2, "12.5", 5, 2, 3, "Loyal", name, None, None, None, 0.25, "", VERSION) for on, name in days
    )
    write_rows(warehouse, "segments.customers", *scored)
    write_model(warehouse, v20111101={"Gone": (1, 1, 1)}, v20111201={"Loyal": (1, 1, 1), "Regulars": (9, 9, 9)})
    rows = playbook_rows(load_archetypes(path), warehouse.read(select("segments.playbook_in_force")))
    assert rows.rows() == [
        ("Regulars", "Buy each month.", "Say thanks."),
        ("Left", "until the snapshot is scored again", "as before"),
        ("Loyal", "they come back", "thank them"),
    ]


def test_a_file_that_is_not_there_names_the_setting_and_the_file(tmp_path):
    with pytest.raises(ArchetypeError, match=r"RFM_ARCHETYPES is '.*none\.toml', which cannot be read: No such file"):
        load_archetypes(tmp_path / "none.toml")


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(ArchetypeError, match=r"RFM_ARCHETYPES is .*, which cannot be read: Is a directory"):
        load_archetypes(tmp_path)


@pytest.mark.parametrize("text", ["[[archetype]\nname = 'x'", "name;prototype", b"name = '\xff'"])
def test_a_file_that_is_not_toml_says_so(wrong, text):
    assert wrong(text).startswith(" is not TOML: ")


def test_a_file_without_archetypes_names_what_is_missing(wrong):
    assert wrong("") == ": archetype: Field required"
    assert wrong("archetype = []").startswith(": archetype: Tuple should have at least 1 item")


def test_where_no_entry_is_right_each_is_told_and_not_that_none_is_left(wrong):
    without = OTHER.replace("prototype", "# prototype")
    assert wrong(without * 2) == ": archetype 1 prototype: Field required; archetype 2 prototype: Field required"


@pytest.mark.parametrize("key", ["name", "description", "recommended_action", "prototype"])
def test_a_missing_key_is_named_with_the_place_of_its_entry(wrong, key):
    second = "\n".join(line for line in OTHER.splitlines() if not line.startswith(key))
    assert wrong(ENTRY + second) == f": archetype 2 {key}: Field required"


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        ('name = "Others"', 'name = "  "', "archetype 2 name: String should have at least 1 character"),
        ('name = "Others"', "name = 7", "archetype 2 name: Input should be a valid string"),
        ("0.5]", "11]", "archetype 2 prototype 3: Input should be less than or equal to 10"),
        ("0.5]", "nan]", "archetype 2 prototype 3: Input should be"),
        ("0.5]", "'much']", "archetype 2 prototype 3: Input should be a valid number"),
        ("1, 0.5]", "1]", "archetype 2 prototype 3: Field required"),
        ("0.5]", "0.5, 1]", "archetype 2 prototype: Tuple should have at most 3 items"),
        ("prototype", "prototipe", "archetype 2 prototype: Field required; archetype 2 prototipe: Extra inputs"),
    ],
)
def test_a_wrong_value_is_named_with_its_place_and_what_is_allowed(wrong, line, instead, message):
    assert line in OTHER
    assert wrong(ENTRY + OTHER.replace(line, instead)).startswith(f": {message}")


def test_a_name_that_is_there_twice_is_named(wrong):
    assert wrong(ENTRY + OTHER + ENTRY) == ": archetype: names there twice: Regulars"


def test_two_names_for_one_kind_of_customer_are_told(wrong):
    told = wrong(ENTRY + ENTRY.replace("Regulars", "Others"))
    assert told.endswith("prototypes there twice, so that chance would name them: Regulars and Others")


def test_no_more_clusters_are_tried_than_there_are_names(settings, tmp_path):
    shipped = files("rfm_assets.segmentation").joinpath("archetypes.toml").read_text(encoding="utf-8")
    head, *entries = shipped.split("[[archetype]]")
    own = tmp_path / "own.toml"
    own.write_text("[[archetype]]".join([head, *entries[:4]]), encoding="utf-8")
    chosen = settings.model_copy(update={"archetypes": own})
    assert rules_of(chosen).numbers == (3, 4)
    for update, name in (({"min_clusters": 5}, "RFM_MIN_CLUSTERS"), ({"clusters": 6}, "RFM_CLUSTERS")):
        with pytest.raises(ArchetypeError, match=f"but RFM_ARCHETYPES has 4: add archetypes, or lower {name}"):
            rules_of(chosen.model_copy(update=update))
