"""The whole Dagster job on the real Online Retail CSV against the customary notebook: time, CPU and peak memory."""

import argparse
import importlib.util
import json
import os
import shutil
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

from measure import Command, CommandError, Measurement, alternate, describe_machine, paired_ratio, spread
from online_retail import land, real_csv
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOT = "2011-12-09"
WALL_RATIO_LIMIT = 1.0  # ours / notebook, median of the pairs
PEAK_LIMIT_MB = 600  # ours, the highest of the runs
OURS, NOTEBOOK = "dagster job", "notebook"
QUANTITIES = {"wall_seconds": "wall, s", "cpu_seconds": "CPU, s", "peak_mb": "peak memory, MB"}
# pyarrow is listed because pandas uses it where it finds it.
PACKAGES = ("dagster", "duckdb", "polars", "scikit-learn", "numpy", "pandas", "pyarrow")


def clean_environment() -> dict[str, str]:
    """Return the environment without what would make it another job.

    That is the caller's own settings, and the order to write no bytecode, which would compile our package, but not the
    installed ones, in every run.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RFM_") and name != "PYTHONDONTWRITEBYTECODE"
    }


def job_command(csv: Path, folder: Path) -> Command:
    """Return what `make refresh` runs, on data and a Dagster home that no run has seen."""
    data, home = folder / "data", folder / "dagster_home"
    land(csv, data / "landing")
    home.mkdir()
    instance = ROOT / "dagster_home" / "dagster.yaml"
    if instance.exists():
        shutil.copyfile(instance, home / "dagster.yaml")
    return Command(
        argv=[sys.executable, "-m", "rfm_assets.commands.refresh", SNAPSHOT],
        cwd=ROOT,
        env=clean_environment() | {"RFM_DATA": str(data), "DAGSTER_HOME": str(home)},
        writes=[data / "published" / "segments.duckdb"],
    )


def notebook_command(csv: Path, folder: Path) -> Command:
    """Return the notebook, with the thread defaults that its reader gets."""
    segments = folder / "segments.csv"
    argv = [sys.executable, str(ROOT / "benchmarks" / "peers" / "notebook.py"), str(csv), str(segments)]
    return Command(argv=argv, cwd=ROOT, env=clean_environment(), writes=[segments])


def run_all(csv: Path, runs: int, console: Console) -> dict[str, list[Measurement]]:
    """Return the measurements of both, in order, warm-ups left out."""
    contenders = {OURS: partial(job_command, csv), NOTEBOOK: partial(notebook_command, csv)}
    measured: dict[str, list[Measurement]] = {name: [] for name in contenders}
    with console.status("warming up") as status:
        for name, run, measurement in alternate(contenders, runs):
            if measurement:
                measured[name].append(measurement)
            status.update(f"{name}: {f'run {run} of {runs}' if run else 'warm-up'} done")
    return measured


def show(measured: dict[str, list[Measurement]], console: Console) -> None:
    """Print the table, the targets and one line that sums up."""
    runs = len(measured[OURS])
    table = Table("", OURS, NOTEBOOK, "ours / notebook", title=f"median (min-max) of {runs} runs each, alternating")
    columns = {
        quantity: [[getattr(measurement, quantity) for measurement in measured[name]] for name in (OURS, NOTEBOOK)]
        for quantity in QUANTITIES
    }
    for quantity, label in QUANTITIES.items():
        digits = 0 if quantity == "peak_mb" else 2
        ours, theirs = columns[quantity]
        ratios = paired_ratio(ours, theirs)
        table.add_row(label, spread(ours).show(digits), spread(theirs).show(digits), ratios.show(2))
    console.print(table)
    ratio, peak = paired_ratio(*columns["wall_seconds"]).median, max(columns["peak_mb"][0])
    verdicts = {True: "[green]met[/]", False: "[red]not met[/]"}
    console.print(
        f"target: wall time ratio <= {WALL_RATIO_LIMIT:.1f}: {ratio:.2f}, {verdicts[ratio <= WALL_RATIO_LIMIT]}"
    )
    console.print(
        f"target: peak memory < {PEAK_LIMIT_MB} MB in every run: {peak:.0f} MB, {verdicts[peak < PEAK_LIMIT_MB]}"
    )
    ours, theirs = (spread(values).median for values in columns["wall_seconds"])
    print(
        f"The job took {ours:.2f} s and the notebook {theirs:.2f} s (ratio {ratio:.2f}, median of {runs} pairs); "
        f"the job's peak memory was {peak:.0f} MB."
    )


def main() -> None:
    """Measure, print, and write the JSON file if one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, help="the CSV; default: from the folder that RFM_ONLINE_RETAIL names")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each, after one warm-up (default 5)")
    parser.add_argument("--json", type=Path, help="write every measurement here")
    args = parser.parse_args()
    if args.runs < 1:
        parser.error(f"--runs is {args.runs}; it must be at least 1")
    if importlib.util.find_spec("pandas") is None:  # not imported: what this process takes, its children would show
        sys.exit("The notebook needs pandas, which is not installed: pip install .[bench]")
    console = Console()
    try:
        with real_csv(args.csv) as csv:
            measured = run_all(csv, args.runs, console)
    except (CommandError, FileNotFoundError) as error:
        sys.exit(str(error))
    show(measured, console)
    if args.json:
        runs = {name: [asdict(measurement) for measurement in of_name] for name, of_name in measured.items()}
        report = {"machine": describe_machine(PACKAGES), "runs": runs}
        args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
