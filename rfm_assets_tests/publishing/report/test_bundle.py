"""The script that draws charts: made once, made anew when it is damaged, and safe inside a page."""

from rfm_assets.publishing.report import bundle as bundles
from rfm_assets.publishing.report.bundle import UNSAFE, vega_bundle


def test_it_is_made_once(bundle, monkeypatch):
    monkeypatch.setattr(bundles, "_made", None)
    script = vega_bundle(bundle.parent)
    assert script.encode() == bundle.read_bytes().partition(b"\n")[2]
    assert not UNSAFE.search(script)


def test_a_damaged_one_is_made_anew(bundle, tmp_path, monkeypatch):
    whole = bundle.read_bytes()
    monkeypatch.setattr(bundles, "_made", lambda: whole.partition(b"\n")[2])
    damaged = tmp_path / bundle.name
    damaged.write_bytes(whole[:-1] + b"?")
    vega_bundle(tmp_path)
    assert damaged.read_bytes() == whole


def test_text_that_would_end_the_script_is_escaped(monkeypatch, tmp_path):
    monkeypatch.setattr(bundles, "MAKE", """print("a = '</SCRIPT><!--<b>'", end="")""")
    bundles._made.cache_clear()
    try:
        assert vega_bundle(tmp_path) == r"a = '\x3c/SCRIPT>\x3c!--<b>'"
    finally:
        bundles._made.cache_clear()
