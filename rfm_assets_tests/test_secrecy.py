"""What may be secret in an address, and that of secrets which are parts of one another nothing is left."""

import pytest

from rfm_assets.secrecy import secrets_in, without

ADDRESS = "https://robot:geheim@crm.example:8443/hook/abc?key=4711&lang=de"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"no service at {ADDRESS}", "no service at ***"),
        ("no service at /hook/abc?key=4711&lang=de", "no service at ***?***"),
        ("key=4711&lang=de is no query", "*** is no query"),
        ("the key 4711 is unknown", "the key *** is unknown"),
        ("wrong password geheim", "wrong password ***"),
        ("no user robot", "no user ***"),
        ("crm.example:8443 is closed", "crm.example:8443 is closed"),
    ],
)
def test_of_an_address_all_but_scheme_host_and_port_is_hidden(said, told):
    assert without(secrets_in(ADDRESS), said) == told


def test_of_a_secret_that_another_one_begins_with_nothing_is_left():
    assert without(["geheim", None, "geheim-4711"], "geheim-4711, geheim") == "***, ***"


def test_four_characters_are_a_secret_and_three_a_part_of_many_words():
    assert without(["4711", "ein"], "ein 4711 allein") == "ein *** allein"
