"""The whole Dagster job on the real Online Retail CSV against the customary notebook: time, CPU and peak memory.

The target counts from the start of the process to the published table, with every check before it; the job goes on to
write lists and the report, which the notebook does not have. Each has an environment of its own: scikit-learn loads
pandas wherever it finds it, and the job would pay for what only the notebook needs. What a user's machine has after a
first refresh is there: a Dagster instance (one without runs), compiled bytecode, the script that draws charts. The
warehouse is not: the whole file is loaded and a model fitted in each run. Memory is that of all processes together, in
runs of their own, because looking at it takes time.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path

from measure import Command, CommandError, Measurement, alternate, describe_machine, paired_ratio, peak_together, spread
from online_retail import land, real_csv
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOT = "2011-12-09"
NOTEBOOK_PYTHON = Path(sys.prefix) / "notebook" / "bin" / "python"
RATIO_LIMIT = 1.0  # to the published table, ours / notebook, median of the pairs
PEAK_LIMIT_MB = 600  # ours, all processes together, the highest of the runs
OURS, NOTEBOOK = "dagster job", "notebook"
QUANTITIES = {
    "written_seconds": "to the published table, s",
    "wall_seconds": "to the end, s",
    "cpu_seconds": "CPU, s",
}
MEMORY_RUNS = 3  # of each, before those whose time counts
MAKE_INSTANCE = "import dagster; dagster.DagsterInstance.get()"
PACKAGES = ("dagster", "duckdb", "polars", "scikit-learn", "numpy")


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
    """Return what `make refresh` runs, on new data and a Dagster instance that is there and has seen no run."""
    data, home = folder / "data", folder / "dagster_home"
    land(csv, data / "landing")
    home.mkdir()
    instance = ROOT / "dagster_home" / "dagster.yaml"
    if instance.exists():
        shutil.copyfile(instance, home / "dagster.yaml")
    environment = clean_environment() | {"RFM_DATA": str(data), "DAGSTER_HOME": str(home)}
    subprocess.run([sys.executable, "-c", MAKE_INSTANCE], cwd=ROOT, env=environment, check=True)
    return Command(
        argv=[sys.executable, "-m", "rfm_assets.commands.refresh", SNAPSHOT],
        cwd=ROOT,
        env=environment,
        writes=[data / "published" / "segments.duckdb"],
    )


def notebook_command(csv: Path, folder: Path) -> Command:
    """Return the notebook, with the thread defaults that its reader gets."""
    segments = folder / "segments.csv"
    argv = [str(NOTEBOOK_PYTHON), str(ROOT / "benchmarks" / "peers" / "notebook.py"), str(csv), str(segments)]
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


def peaks_of(csv: Path, console: Console) -> dict[str, list[float]]:
    """Return the peak memory of both, in runs of their own, in MB."""
    contenders = {OURS: partial(job_command, csv), NOTEBOOK: partial(notebook_command, csv)}
    peaks: dict[str, list[float]] = {name: [] for name in contenders}
    with console.status("looking at the memory"):
        for name, prepare in [*contenders.items()] * MEMORY_RUNS:
            with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
                peaks[name].append(peak_together(prepare(Path(folder))))
    return peaks


def show(measured: dict[str, list[Measurement]], peaks: dict[str, list[float]], console: Console) -> None:
    """Print the table, the targets and one line that sums up."""
    runs = len(measured[OURS])
    table = Table("", OURS, NOTEBOOK, "ours / notebook", title=f"median (min-max) of {runs} runs each, alternating")
    columns = {
        quantity: [[getattr(measurement, quantity) for measurement in measured[name]] for name in (OURS, NOTEBOOK)]
        for quantity in QUANTITIES
    }
    for quantity, label in QUANTITIES.items():
        ours, theirs = columns[quantity]
        table.add_row(label, spread(ours).show(2), spread(theirs).show(2), paired_ratio(ours, theirs).show(2))
    if peaks:
        ours, theirs = peaks[OURS], peaks[NOTEBOOK]
        label = f"peak memory, MB ({MEMORY_RUNS} runs)"
        table.add_row(label, spread(ours).show(0), spread(theirs).show(0), paired_ratio(ours, theirs).show(2))
    console.print(table)
    ratio = paired_ratio(*columns["written_seconds"]).median
    verdicts = {True: "[green]met[/]", False: "[red]not met[/]"}
    console.print(
        f"target: ratio to the published table <= {RATIO_LIMIT:.1f}: {ratio:.2f}, {verdicts[ratio <= RATIO_LIMIT]}"
    )
    if peaks:
        peak = max(peaks[OURS])
        console.print(
            f"target: peak memory < {PEAK_LIMIT_MB} MB in every run: {peak:.0f} MB, {verdicts[peak < PEAK_LIMIT_MB]}"
        )
    ours, theirs = (spread(values).median for values in columns["written_seconds"])
    print(
        f"The job had published after {ours:.2f} s and the notebook written after {theirs:.2f} s (ratio {ratio:.2f}, "
        f"median of {runs} pairs)."
    )


def main() -> None:
    """Measure, print, and write the JSON file if one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, help="the CSV; default: from the folder that RFM_ONLINE_RETAIL names")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each, after one warm-up (default 5)")
    parser.add_argument("--no-memory", action="store_true", help="time only; memory needs Linux (/proc)")
    parser.add_argument("--json", type=Path, help="write every measurement here")
    args = parser.parse_args()
    if args.runs < 1:
        parser.error(f"--runs is {args.runs}; it must be at least 1")
    if not NOTEBOOK_PYTHON.exists():
        sys.exit(f"The notebook's environment is not there, {NOTEBOOK_PYTHON}: `make bench` makes it.")
    console = Console()
    try:
        with real_csv(args.csv) as csv:
            peaks = {} if args.no_memory else peaks_of(csv, console)
            measured = run_all(csv, args.runs, console)
    except (CommandError, FileNotFoundError) as error:
        sys.exit(str(error))
    show(measured, peaks, console)
    if args.json:
        runs = {name: [asdict(measurement) for measurement in of_name] for name, of_name in measured.items()}
        freeze = subprocess.run([NOTEBOOK_PYTHON, "-m", "pip", "freeze"], capture_output=True, text=True, check=True)
        report = {
            "machine": describe_machine(PACKAGES), "notebook": freeze.stdout.split(), "runs": runs, "peaks_mb": peaks,
        }  # fmt: skip
        args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
