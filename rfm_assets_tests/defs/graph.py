"""What is defined, as a text that is compared with `graph.txt`; `make graph` writes it anew."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

GRAPH = Path(__file__).with_name("graph.txt")


def graph_text(definitions: dg.Definitions) -> str:
    """Return assets with deps and checks, then jobs, schedules and sensors; every line says one thing."""
    repository = definitions.get_repository_def()
    sections = {
        "ASSETS": _assets(repository),
        "JOBS": _jobs(definitions),
        "SCHEDULES": _schedules(repository),
        "SENSORS": _sensors(repository),
    }
    return "\n".join(f"{name}\n\n" + "\n".join(lines) + "\n" for name, lines in sections.items())


def _assets(repository: dg.RepositoryDefinition) -> Iterator[str]:
    graph = repository.asset_graph
    for name in sorted(graph.get_all_asset_keys()):
        node = graph.get(name)
        pool = ", ".join(sorted(node.pools or ())) or "none"
        yield f"{_path(name)}  (group {node.group_name}; {_partitions(node.partitions_def)}; pool {pool})"
        yield from (f"    from {_path(parent)}" for parent in sorted(node.parent_keys))
        for check in sorted(node.check_keys, key=lambda key: key.name):
            blocks = " (blocking)" if graph.get(check).blocking else ""
            yield f"    check {check.name}{blocks}"
        if node.automation_condition:
            yield f"    automation {node.automation_condition.get_label() or node.automation_condition}"
        if node.freshness_policy:
            yield f"    freshness {_freshness(node.freshness_policy)}"


def _jobs(definitions: dg.Definitions) -> Iterator[str]:
    graph = definitions.get_repository_def().asset_graph
    every, checks = set(graph.get_all_asset_keys()), set(graph.asset_check_keys)
    for job in sorted(definitions.jobs or [], key=lambda job: job.name):
        assert not isinstance(job, dg.JobDefinition), "only jobs of assets have a selection to show"
        selected, checked = job.selection.resolve(graph), job.selection.resolve_checks(graph)
        resolved = definitions.resolve_job_def(job.name)
        yield f"{job.name}  ({_partitions(resolved.partitions_def)})"
        if len(selected) > len(every - selected):
            yield from (f"    every asset but {_path(name)}" for name in sorted(every - selected))
        else:
            yield from (f"    {_path(name)}" for name in sorted(selected))
        left_out = {check for check in checks - checked if check.asset_key in selected}
        yield from (f"    without check {name}" for name in _named(left_out))
        yield from (f"    check {name}" for name in _named(c for c in checked if c.asset_key not in selected))


def _schedules(repository: dg.RepositoryDefinition) -> Iterator[str]:
    for schedule in sorted(repository.schedule_defs, key=lambda one: one.name):
        when = f"{schedule.cron_schedule} {schedule.execution_timezone}"
        yield f"{schedule.name}  ({when}; {schedule.default_status.value.lower()})"
        yield f"    starts {schedule.job_name}"


def _sensors(repository: dg.RepositoryDefinition) -> Iterator[str]:
    for sensor in sorted(repository.sensor_defs, key=lambda one: one.name):
        yield f"{sensor.name}  (every {sensor.minimum_interval_seconds} s; {sensor.default_status.value.lower()})"
        yield from (f"    starts {target.job_name}" for target in sensor.targets)


def _named(checks: Iterable[dg.AssetCheckKey]) -> list[str]:
    return sorted(f"{check.name} of {_path(check.asset_key)}" for check in checks)


def _path(key: dg.AssetKey) -> str:
    return "/".join(key.path)


def _partitions(partitions: dg.PartitionsDefinition | None) -> str:
    if partitions is None:
        return "no partitions"
    assert isinstance(partitions, dg.TimeWindowPartitionsDefinition)
    end = partitions.end.date().isoformat() if partitions.end else "now"
    return f"{partitions.schedule_type.value.lower()} {partitions.start.date()} to {end}"


def _freshness(policy: dg.FreshnessPolicy) -> str:
    cron = getattr(policy, "deadline_cron", None)
    return f"by {cron} {policy.timezone}, made within {policy.lower_bound_delta}" if cron else str(policy)


def main() -> int:
    """Write `graph.txt` anew, by the default settings; return the exit status."""
    for name in [name for name in os.environ if name.startswith("RFM_")]:
        del os.environ[name]
    with TemporaryDirectory() as folder:
        os.environ["RFM_DATA"] = folder  # a settings file in ./data does not count
        from rfm_assets.definitions import defs

        GRAPH.write_text(graph_text(defs()), encoding="utf-8")
    print(f"{GRAPH.relative_to(Path.cwd()) if GRAPH.is_relative_to(Path.cwd()) else GRAPH} says what is defined")
    return 0


if __name__ == "__main__":
    sys.exit(main())
