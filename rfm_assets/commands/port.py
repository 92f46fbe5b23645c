"""Whether the UI can have its port, asked before `make dev`: ``python -m rfm_assets.commands.port 3000``.

`dagster dev` itself runs on without a UI when it cannot.
"""

import argparse
import socket
import sys
from collections.abc import Sequence

from rfm_assets.commands.errors import RunError, guarded

LOOPBACK = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 when a server can listen on the port."""
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.commands.port", description=main.__doc__)
    parser.add_argument("port", type=int)
    port = parser.parse_args(arguments).port
    return guarded(lambda _: _ask(port))


def _ask(port: int) -> int:
    try:
        socket.create_server((LOOPBACK, port)).close()
    except (OSError, OverflowError) as failure:
        raise RunError(
            f"nothing can listen on port {port}: {failure}. Another UI may run there; `make dev PORT=...` takes "
            "another port"
        ) from failure
    return 0


if __name__ == "__main__":
    sys.exit(main())
