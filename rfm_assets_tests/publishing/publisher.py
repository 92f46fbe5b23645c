"""Processes of their own around a published folder: some publish and die, some read until told to stop.

``publisher.py kill FOLDER``: for n = 1, 2, 3 … publish in a child that kills itself at its n-th operation on files,
then in one that is left alone; a line of JSON for each n. ``publisher.py grow FOLDER BYTES``: publish, killed by the
system at the write that makes a file larger. ``publisher.py read FOLDER``: open, read, compare and close until the
folder has a file ``stop``; ``publisher.py hold FOLDER``: open once, and read again at the end. Both write JSON.
"""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.publishing.files import publish
from rfm_assets.settings import Settings
from rfm_assets_tests.publishing.published import BEFORE, BUILT_AT, LATEST, customer
from rfm_assets_tests.rows import write_rows

# What Python does with files, as its audit hooks name it; what DuckDB does with them is killed by the file's size.
OPERATIONS = {"os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "shutil.copyfile",
              "shutil.rmtree", "open"}  # fmt: skip
POLL = 0.1  # seconds
TABLES = ("segments", "segment_history", "segment_profiles", "segment_moves", "playbook")


def publish_of(settings: Settings, customers: int) -> None:
    """Publish from a warehouse of its own connection."""
    with duckdb.connect(config={"threads": 1}) as connection:
        open_warehouse(connection, settings.warehouse)
        publish_number(DuckDBEngine(connection), settings, customers)


def publish_number(engine: DuckDBEngine, settings: Settings, customers: int) -> None:
    """Publish a snapshot whose every table tells its number of customers."""
    write_number(engine, customers)
    publish(engine, settings, BUILT_AT)


def write_number(engine: DuckDBEngine, customers: int) -> None:
    """Fill the tables of such a snapshot."""
    write_rows(engine, "segments.customers", *(customer(f"c{i}", LATEST, "Loyal") for i in range(customers)))
    write_rows(engine, "segments.profiles", (LATEST, "Loyal", customers, 1.0, "25.0000", 1.0, 5.0, 2.0, 12.5))
    write_rows(engine, "segments.moves", (LATEST, BEFORE, "Lost", "Loyal", "behaviour", customers))
    write_rows(engine, "segments.playbook", ("Loyal", "they come back", str(customers)))


def numbers(path: Path) -> set[int]:
    """Return the numbers of customers that the tables of a published file tell: one, when it is of one snapshot."""
    with duckdb.connect(str(path), read_only=True, config={"threads": 1}) as connection:
        found = {name: connection.execute(f"from {name}").fetchall() for name in TABLES}
        columns = ", ".join(f"{name}_rows" for name in TABLES)
        (said,) = connection.execute(f"select {columns} from about").fetchall()
    if said != tuple(map(len, found.values())):
        raise SystemExit(f"about says {said}, the tables hold {[*map(len, found.values())]}")
    ((_, _, customers, *_),), ((*_, moved),) = found["segment_profiles"], found["segment_moves"]
    return {said[0], said[1], customers, moved, int(found["playbook"][0][-1])}


def in_a_child(work: Callable[[], None]) -> int:
    """Return the exit code of the work, done in a fork: below zero the signal that it died of."""
    if (child := os.fork()) == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die_at(number: int, folder: Path) -> None:
    """Kill this process at its n-th operation on something in the folder."""
    seen = 0

    def hook(event: str, arguments: tuple) -> None:
        nonlocal seen
        if event in OPERATIONS and any(str(folder) in str(argument) for argument in arguments):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def kill(settings: Settings) -> None:
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1

        def killed(n: int = number) -> None:
            die_at(n, settings.published)
            publish_of(settings, 2 + n % 2)

        code = in_a_child(killed)
        after_kill = seen(settings)
        left = sorted(path.name for path in settings.published.iterdir())
        in_a_child(lambda n=number: publish_of(settings, 2 + (n + 1) % 2))
        healed, names = seen(settings), sorted(path.name for path in settings.published.iterdir())
        found = {"number": number, "code": code, "seen": after_kill, "left": left, "healed": healed, "names": names}
        print(json.dumps(found), flush=True)


def seen(settings: Settings) -> dict[str, object]:
    """Return what a reader finds: the customers of each file, counted in a process of its own."""
    reader, writer = os.pipe()

    def look() -> None:
        os.write(writer, json.dumps(look_at(settings.published)).encode())

    code = in_a_child(look)
    os.close(writer)
    with os.fdopen(reader) as found:
        text = found.read()
    return json.loads(text) if code == 0 else {"failed": code}


def look_at(folder: Path) -> dict[str, int]:
    """Return the customers that each published file tells; fail when one is not whole."""
    (number,) = numbers(folder / "segments.duckdb")
    with duckdb.connect(config={"threads": 1}) as connection:
        files = {"parquet": folder / "segments.parquet", "history": f"{folder / 'segment_history'}/*/*.parquet"}
        count = "select count(distinct customer_id) from read_parquet($path)"
        found = {name: connection.execute(count, {"path": str(path)}).fetchall()[0][0] for name, path in files.items()}
    return {"duckdb": number, **found}


def grow(settings: Settings, size: int) -> None:
    with duckdb.connect(config={"threads": 1}) as connection:
        open_warehouse(connection, settings.warehouse)
        engine = DuckDBEngine(connection)
        write_number(engine, 5000)
        # Python ignores the signal, and the write would fail in place of the process.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        publish(engine, settings, BUILT_AT)


def read(settings: Settings) -> None:
    """Open, read, compare and close until told to stop."""
    rounds, versions = 0, set()
    while not (settings.data / "stop").exists():
        found = numbers(settings.published / "segments.duckdb")
        if len(found) > 1:
            raise SystemExit(f"snapshots are mixed: {found}")
        versions |= found
        if not rounds:
            (settings.data / f"reading-{os.getpid()}").touch()
        rounds += 1
        time.sleep(POLL)  # three readers without a rest leave the publications no processor
    print(json.dumps({"rounds": rounds, "versions": len(versions)}))


def hold(settings: Settings) -> None:
    """Keep one connection, and read before and after."""
    with duckdb.connect(str(settings.published / "segments.duckdb"), read_only=True) as connection:
        ((before,),) = connection.execute("select count(*) from segments").fetchall()
        (settings.data / f"reading-{os.getpid()}").touch()
        while not (settings.data / "stop").exists():
            time.sleep(POLL)
        ((after,),) = connection.execute("select count(*) from segments").fetchall()
    print(json.dumps({"before": before, "after": after}))


if __name__ == "__main__":
    what, folder, *arguments = sys.argv[1:]
    given = Settings(data=Path(folder))
    {"kill": kill, "grow": grow, "read": read, "hold": hold}[what](given, *map(int, arguments))
