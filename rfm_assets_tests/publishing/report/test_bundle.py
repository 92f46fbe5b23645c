"""The script that draws charts: made once a user, made anew when it is damaged, and safe inside a page."""

from pathlib import Path

import pytest

from rfm_assets.publishing.report import bundle as bundles
from rfm_assets.publishing.report.bundle import UNSAFE, vega_bundle


@pytest.fixture
def made() -> Path:
    """The file that the script lies in, made by whichever test needs it first."""
    vega_bundle()
    (file,) = bundles.user_cache_path("rfm_assets").glob("vega-*.js")
    return file


def test_it_is_made_once(made, monkeypatch):
    monkeypatch.setattr(bundles, "_made", None)
    script = vega_bundle()
    assert script.encode() == made.read_bytes().partition(b"\n")[2]
    assert not UNSAFE.search(script)


def test_a_damaged_one_is_made_anew(made, tmp_path, monkeypatch):
    whole = made.read_bytes()
    script = whole.partition(b"\n")[2]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(bundles, "_made", lambda: script)
    damaged = bundles.user_cache_path("rfm_assets") / made.name
    damaged.parent.mkdir()
    damaged.write_bytes(whole[:-1] + b"?")
    assert vega_bundle() == script.decode()
    assert damaged.read_bytes() == whole


def test_a_user_without_a_cache_gets_it_too(made, tmp_path, monkeypatch):
    script = made.read_bytes().partition(b"\n")[2]
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))  # no folder can be made in it
    monkeypatch.setattr(bundles, "_made", lambda: script)
    assert vega_bundle() == script.decode()


def test_text_that_would_end_the_script_is_escaped(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(bundles, "MAKE", """print("a = '</SCRIPT><!--<b>'", end="")""")
    assert vega_bundle() == r"a = '\x3c/SCRIPT>\x3c!--<b>'"
