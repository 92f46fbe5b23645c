"""The files of `deploy/` hold together: what they name is there, and nothing is open to the network."""

import re

import pytest
import yaml

from rfm_assets.settings import PREFIX, Settings
from rfm_assets_tests.deploy.stack import DEPLOY, compose
from rfm_assets_tests.ui.server import ROOT

SERVICES = compose()["services"]
DAGSTER = [name for name in SERVICES if name != "postgres"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
INSTANCE = yaml.safe_load((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))


def environment_names(node) -> set[str]:
    """Return the variables that a Dagster file reads: the values of all `env` keys."""
    if isinstance(node, list):
        return set().union(*map(environment_names, node))
    if not isinstance(node, dict):
        return set()
    own = {node["env"]} if isinstance(node.get("env"), str) else set()
    return own.union(*map(environment_names, node.values()))


def example(name: str) -> dict[str, str]:
    lines = (DEPLOY / f"{name}.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("service", SERVICES)
def test_a_port_is_open_to_this_machine_alone(service):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[service].get("ports", []))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_again_by_itself_and_says_whether_it_is_healthy(service):
    assert SERVICES[service]["restart"] == "unless-stopped"
    assert SERVICES[service]["healthcheck"]["test"]
    assert SERVICES[service]["logging"]["options"]["max-size"]


@pytest.mark.parametrize("service", DAGSTER)
def test_a_service_has_every_variable_that_the_instance_reads(service):
    workspace = yaml.safe_load((DEPLOY / "workspace.yaml").read_text(encoding="utf-8"))
    given = set(SERVICES[service]["environment"]) | set(example("postgres.env"))
    assert "postgres.env" in SERVICES[service]["env_file"]
    assert environment_names([INSTANCE, workspace]) <= given


def test_the_warehouse_is_with_the_one_service_that_runs_the_jobs():
    assert [name for name in SERVICES if "data:/data" in SERVICES[name].get("volumes", [])] == ["code_location"]
    # The proxy of `dagster code-server start` could not tell which runs it has.
    assert SERVICES["code_location"]["command"][:3] == ["dagster", "api", "grpc"]
    assert INSTANCE["concurrency"]["pools"] == {"default_limit": 1, "granularity": "run"}


def test_the_examples_hold_no_secret_and_name_settings_that_exist():
    assert example("postgres.env")["POSTGRES_PASSWORD"] == ""
    assert {name.removeprefix(PREFIX).lower() for name in example("rfm.env")} <= set(Settings.model_fields)


def test_git_ignores_the_files_with_secrets():
    assert "deploy/*.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_image_is_made_of_files_that_are_there_and_reach_the_engine():
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    ]
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert len(copied) > 5
    assert [name for name in copied if not (ROOT / name).exists() or f"!{name}" not in allowed] == []


def test_the_image_runs_as_nobody_in_particular_from_the_lock_with_hashes():
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", DOCKERFILE, re.MULTILINE)
    assert "pip install --no-deps --require-hashes -r requirements-deploy.lock" in DOCKERFILE


def test_the_image_keeps_the_project_folder_in_which_dagster_looks_for_pyproject_toml():
    assert "--editable ." in DOCKERFILE
    assert "COPY --from=build /opt/project /opt/project" in DOCKERFILE


def test_the_lock_of_the_image_is_the_lock_of_the_project_and_what_a_server_needs_besides():
    project, image, tested = map(pinned, ("requirements.lock", "requirements-deploy.lock", "requirements-dev.lock"))
    assert len(project) > 50
    assert {name: version for name, version in image.items() if project.get(name) != version} == {
        name: tested[name] for name in ("dagster-postgres", "psycopg2-binary")
    }
    assert project.items() <= image.items() <= tested.items()


def test_the_values_for_kubernetes_start_the_same_code_with_the_same_launcher():
    values = yaml.safe_load((DEPLOY / "values.yaml").read_text(encoding="utf-8"))
    [code] = values["dagster-user-deployments"]["deployments"]
    assert code["dagsterApiGrpcArgs"] == SERVICES["code_location"]["command"][-2:]
    launcher = values["runLauncher"]["config"]["customRunLauncher"]
    assert {name: launcher[name] for name in ("module", "class")} == INSTANCE["run_launcher"]
    assert code["deploymentStrategy"] == {"type": "Recreate"}
    assert [variable["name"] for variable in code["env"]] == ["RFM_DATA"], "these win over the settings in rfm.env"
