"""The architecture as a test: who imports whom, no wall clock, and SQL that keeps its rules."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path

import polars as pl
import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

import rfm_assets
from rfm_assets.contracts import LISTS, PUBLISHED, TABLES
from rfm_assets.engines.base import REFUND_LINES, select
from rfm_assets.ingestion.cleaning import CLASSIFIED, STAGED
from rfm_assets.ingestion.returns import MATCH, MATCHED_BY
from rfm_assets.segmentation.fitting import POPULATION

PACKAGE = Path(rfm_assets.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
SELECTS = {f"{path.parent.name}.{path.stem}": path for path in sorted((PACKAGE / "sql").rglob("*.sql"))}
CONTRACTS = {**TABLES, **PUBLISHED, **LISTS}

# What a module of each room may import of the project besides its own room; the longest name that fits decides.
ALLOWED = {
    "rfm_assets": (),
    "rfm_assets.settings": (),
    "rfm_assets.beside": (),
    "rfm_assets.contracts": (),
    "rfm_assets.one_at_a_time": (),
    "rfm_assets.sample": (),
    "rfm_assets.secrecy": (),
    "rfm_assets.shown": (),
    "rfm_assets.toml_files": (),
    "rfm_assets.alerting": ("rfm_assets.secrecy", "rfm_assets.settings"),
    "rfm_assets.engines": ("rfm_assets.contracts",),
    "rfm_assets.ingestion": (
        "rfm_assets.contracts",
        "rfm_assets.settings",
        "rfm_assets.engines.base",
        "rfm_assets.engines.errors",
        "rfm_assets.engines.layout",
        "rfm_assets.shown",
        "rfm_assets.toml_files",
    ),
    # Shows a file's lines: it opens an engine in memory, which no run of the chain has to do with.
    "rfm_assets.ingestion.showing": (
        "rfm_assets.ingestion",
        "rfm_assets.contracts",
        "rfm_assets.engines",
        "rfm_assets.shown",
    ),
    "rfm_assets.ingestion.samples": (
        "rfm_assets.ingestion",
        "rfm_assets.engines.layout",
        "rfm_assets.engines.duckdb.records",  # only `make source` takes samples
    ),
    "rfm_assets.segmentation": (
        "rfm_assets.beside",
        "rfm_assets.contracts",
        "rfm_assets.settings",
        "rfm_assets.engines.base",
        "rfm_assets.engines.errors",
        "rfm_assets.toml_files",
    ),
    "rfm_assets.publishing": (
        "rfm_assets.contracts",
        "rfm_assets.secrecy",
        "rfm_assets.settings",
        "rfm_assets.engines.base",
        "rfm_assets.engines.errors",
    ),
    # Ends a command: it opens the published file, which no run of the chain has to do with.
    "rfm_assets.publishing.summary": (
        "rfm_assets.publishing",
        "rfm_assets.settings",
        "rfm_assets.engines.duckdb.frames",
    ),
    # Copies the published file, which no other part of the chain reads.
    "rfm_assets.publishing.postgres": (
        "rfm_assets.publishing",
        "rfm_assets.contracts",
        "rfm_assets.secrecy",
        "rfm_assets.engines.duckdb.published",
    ),
    "rfm_assets.definitions": ("rfm_assets.defs",),
    "rfm_assets.instance": (),
    "rfm_assets.commands": ("rfm_assets",),
    "rfm_assets.defs": ("rfm_assets",),
}
DAGSTER = re.compile(r"dagster(_.*)?$")
DAGSTER_ROOMS = {"rfm_assets.defs", "rfm_assets.definitions", "rfm_assets.instance", "rfm_assets.commands"}
# Heavy enough to slow the loading of the definitions: imported where they are used.
HEAVY = {"sklearn", "scipy", "altair", "matplotlib", "PIL", "great_tables", "pandas", "httpx", "sqlglot"}
CLOCKS = {
    "now", "today", "utcnow", "fromtimestamp", "time", "time_ns", "localtime", "gmtime", "monotonic", "perf_counter",
}  # fmt: skip
SQL_CLOCKS = {
    "now", "today", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
    "get_current_time", "get_current_timestamp", "transaction_timestamp", "random", "uuid", "gen_random_uuid",
}  # fmt: skip
# May ask how long something took, which decides nothing.
STOPWATCHES = {"rfm_assets.defs.resources": {"time.perf_counter"}, "rfm_assets.defs.postgres": {"time.perf_counter"}}
# Started by themselves, not loaded with the definitions.
COMMANDS = {"rfm_assets.ingestion.download", "rfm_assets.ingestion.source"}


def imports(tree: ast.AST) -> set[str]:
    """Return every module imported anywhere in a tree; of `from a import b` both `a` and `a.b`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def room_of(module: str) -> str:
    rooms = [room for room in ALLOWED if module == room or (within(module, room) and room != "rfm_assets")]
    assert rooms, f"{module} is in a new room: say in ALLOWED what it may import"
    return max(rooms, key=len)


def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def project_imports(module: str) -> Iterator[str]:
    """Give the modules of the project that a module imports; a package only where something of its own is meant."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield from (
                inside if (inside := f"{node.module}.{alias.name}") in MODULES else node.module for alias in node.names
            )


def test_the_rules_below_look_at_something():
    assert len(MODULES) > 30
    assert len(SELECTS) > 20
    assert any(imports(parsed(module)) & {"dagster"} for module in MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_room_may(module):
    room = room_of(module)
    mine = (room, *ALLOWED[room])
    project = {name for name in imports(parsed(module)) if name in MODULES}
    assert sorted(name for name in project if not any(within(name, allowed) for allowed in mine)) == []


def test_no_modules_import_each_other_in_a_circle():
    needed = {module: set(project_imports(module)) for module in MODULES}
    assert list(TopologicalSorter(needed).static_order())  # names the circle if there is one


@pytest.mark.parametrize("module", [name for name in MODULES if room_of(name) not in DAGSTER_ROOMS])
def test_only_definitions_import_dagster(module):
    assert [name for name in imports(parsed(module)) if DAGSTER.match(name.partition(".")[0])] == []


@pytest.mark.parametrize("module", [name for name in MODULES if name not in COMMANDS])
def test_no_module_imports_a_heavy_library_at_its_top(module):
    top = ast.Module([node for node in parsed(module).body if isinstance(node, ast.Import | ast.ImportFrom)], [])
    assert sorted(name for name in imports(top) if name.partition(".")[0] in HEAVY) == []


@pytest.mark.parametrize("module", MODULES)
def test_no_module_asks_the_wall_clock(module):
    tree = parsed(module)
    modules = {"time", "datetime", "date"}
    asked = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in CLOCKS
        and ast.unparse(node.value).rpartition(".")[2] in modules
    ]
    named = [
        name for name in imports(tree) if name in {f"time.{clock}" for clock in CLOCKS} - STOPWATCHES.get(module, set())
    ]
    assert asked + named == []
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    calls = re.compile(rf"\b(?:{'|'.join(SQL_CLOCKS)})\(\)|\bcurrent_(?:date|time|timestamp)\b", re.IGNORECASE)
    assert [text for text in texts if re.search(r"\bselect\b", text, re.IGNORECASE) and calls.search(text)] == []


@pytest.mark.parametrize("name", SELECTS)
def test_no_select_asks_the_wall_clock_or_draws_at_random(name):
    asked = [
        node.sql()
        for node in sqlglot.parse_one(SELECTS[name].read_text(encoding="utf-8"), read="duckdb").walk()
        if isinstance(node, exp.CurrentDate | exp.CurrentTime | exp.CurrentTimestamp | exp.Rand | exp.Uuid)
        or (isinstance(node, exp.Anonymous | exp.Column) and node.name.lower() in SQL_CLOCKS)
    ]
    assert asked == []


@pytest.mark.parametrize("name", SELECTS)
def test_the_first_line_of_a_select_is_its_grain(name):
    first, *_ = SELECTS[name].read_text(encoding="utf-8").splitlines()
    assert re.match(r"-- one row( per |: | if ).*[.]$", first)


@pytest.mark.parametrize("name", SELECTS)
def test_a_select_names_every_column_that_it_gives(name):
    statement = sqlglot.parse_one(SELECTS[name].read_text(encoding="utf-8"), read="duckdb")
    assert isinstance(statement, exp.Query)
    assert not statement.is_star
    assert "" not in statement.named_selects


@pytest.mark.parametrize("name", [name for name in SELECTS if name in CONTRACTS])
def test_a_tables_select_gives_the_contracts_columns_and_types(warehouse, connection, name):
    for staged in (
        "touched_days",
        "repeated_lines",
        CLASSIFIED,
        *STAGED,
        "numbered_lines",
        "pair_lines",
        "pair_events",
        "changed_days",
    ):
        if staged == "numbered_lines":
            columns = ["customer_number", "stock_code"]
            lines = CONTRACTS["clean.transactions"]
            warehouse.stage_matching(staged, lines, MATCHED_BY, columns=columns, staged="touched_pairs")
            continue
        warehouse.stage(staged, select(f"clean.{staged}"), rules="any", refund_lines=REFUND_LINES)
    warehouse.stage_frame("return_matches", pl.DataFrame(schema=MATCH))
    warehouse.stage(POPULATION, select("model.snapshot"), snapshot_on=date(2011, 12, 9))
    connection.execute("create temporary table file_days as select invoiced_on, version from raw.days")
    warehouse.stage("buyers", select("rfm.buyers"), snapshot_on=None, monetary=None)
    warehouse.stage("listed", select("lists.customers"), snapshot_on=None)
    warehouse.stage("withheld", select("published.withheld"), run_days=[])
    text = SELECTS[name].read_text(encoding="utf-8")
    values = dict.fromkeys(re.findall(r"\$(\w+)", text))
    found = connection.execute(f"describe {text}", values).fetchall()
    assert {column: type_.lower().replace(",", ", ") for column, type_, *_ in found} == {
        column.name: column.type for column in CONTRACTS[name].columns
    }


def test_every_table_that_sql_makes_has_its_select():
    made_by_python = {
        "raw.files", "raw.transactions", "raw.unreadable", "segments.playbook",
        *(name for name in TABLES if name.startswith(("model.", "validation."))),
    }  # fmt: skip
    assert set(CONTRACTS) - made_by_python <= set(SELECTS)


@pytest.mark.parametrize("name", SELECTS)
def test_a_select_can_be_put_into_spark_sql(name):
    text = SELECTS[name].read_text(encoding="utf-8")
    (spark,) = sqlglot.transpile(text, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
    again = sqlglot.parse_one(spark, read="spark", error_level=ErrorLevel.RAISE)
    assert again.named_selects == sqlglot.parse_one(text, read="duckdb").named_selects
    code = re.sub(r"--.*", "", text)
    assert {node.name for node in again.find_all(exp.Placeholder)} == set(re.findall(r"\$(\w+)", code))


@pytest.mark.parametrize("name", SELECTS)
def test_every_parameter_of_a_select_has_a_value_when_the_sql_is_linted(name):
    config = (PACKAGE.parent / ".sqlfluff").read_text(encoding="utf-8")
    declared = set(re.findall(r"^(\w+) = ", config.partition("[sqlfluff:templater:placeholder]")[2], re.MULTILINE))
    used = set(re.findall(r"\$(\w+)", SELECTS[name].read_text(encoding="utf-8")))
    assert used <= declared, "sqlfluff takes a parameter for a table or the like: give it a value in .sqlfluff"
