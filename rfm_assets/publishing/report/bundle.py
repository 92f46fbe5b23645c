"""Vega, Vega-Lite and Vega-Embed as one script, out of vl-convert; no network has a part in it."""

import re
import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version

from platformdirs import user_cache_path

from rfm_assets.publishing.syncing import replaced

# Either would end or change the element that holds the script.
UNSAFE = re.compile(r"<(?=/script|!--)", re.IGNORECASE)
EXPORTED = "window.vegaEmbed = vegaEmbed;"
MAKE = """
import sys
import vl_convert
sys.stdout.reconfigure(encoding="utf-8", newline="")
sys.stdout.write(vl_convert.javascript_bundle(sys.argv[1]))
"""


def vega_bundle() -> str:
    """Return the script that draws charts, from a file in the user's cache, made when it is not there or not whole.

    Making it costs seconds of processor time, reading it nothing. The file's first line is the digest of the others.
    """
    path = user_cache_path("rfm_assets") / f"vega-{version('vl-convert-python')}.js"
    if path.is_file():
        digest, _, script = path.read_bytes().partition(b"\n")
        if digest == _digest(script):
            return script.decode()
    made = _made()
    with suppress(OSError):  # a user without a cache, as in some containers, waits for it each time
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as aside:
            aside.write_bytes(_digest(made) + b"\n" + made)
    return made.decode()


def _made() -> bytes:
    # In a process of its own: the JavaScript engine in vl-convert would keep 100 MB of this one.
    made = subprocess.run([sys.executable, "-c", MAKE, EXPORTED], capture_output=True, check=True)  # noqa: S603 - our words
    return UNSAFE.sub(r"\\x3c", made.stdout.decode()).encode()


def _digest(script: bytes) -> bytes:
    return f"// {sha256(script).hexdigest()}".encode()
