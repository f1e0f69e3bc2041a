"""The skep stack is what `docker stack deploy` understands, and what its operators were promised."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lab.flower_command import FLOWER_COMMAND
from skep.config.settings import SETTINGS, Settings
from skep.config.units import read_duration
from workers.queues import ACT, OBSERVE, TICK

ROOT = Path(__file__).parents[2]
STACK = ROOT / "docker-compose.yml"
LAB_OVERRIDE = ROOT / "lab/real/stacks/skep.lab.yml"
POLICY_OVERRIDE = ROOT / "stacks/policy/skep.policy.yml"
SCHEMA = ROOT / "tests/data/compose/config_schema_v3.8.json"

SERVICES = ("redis", "beat", "observer", "actor", "flower", "socket-proxy")
OURS = ("beat", "observer", "actor", "flower")
WORKERS = ("observer", "actor")

CLIENTS = sorted({path for name in ("docker", "/usr/bin/docker") if (path := shutil.which(name))})

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")


def read(path: Path, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A Compose file as the Docker client sees it: parsed first, variables put in afterwards."""
    document: dict[str, Any] = interpolated(yaml.safe_load(path.read_text()), variables or {})
    return document


def interpolated(tree: Any, variables: Mapping[str, str]) -> Any:
    """The same tree with `${NAME:-default}` and `$$` replaced, and a number where the client makes one of the text."""
    if isinstance(tree, dict):
        return {key: _typed(key, interpolated(value, variables)) for key, value in tree.items()}
    if isinstance(tree, list):
        return [interpolated(item, variables) for item in tree]
    if isinstance(tree, str):
        text = _VARIABLE.sub(lambda found: variables.get(found["name"]) or found["default"] or "", tree)
        return text.replace("$$", "$")
    return tree


def _typed(key: str, value: Any) -> Any:
    return int(value) if key == "published" else value


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return read(STACK)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SCHEMA.read_text())
    return document


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, stack: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = stack["services"][request.param]
    return found


# --- the form ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [STACK, LAB_OVERRIDE, POLICY_OVERRIDE], ids=["the stack", "the lab's override", "the policy's override"]
)
def test_the_compose_schema_accepts_it(path: Path, schema: dict[str, Any]) -> None:
    jsonschema.Draft4Validator(schema).validate(read(path))


def test_the_schema_is_not_one_that_accepts_anything(stack: dict[str, Any], schema: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate({**stack, "services": {"redis": {"imagine": "redis"}}})


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """What the shell of an operator says, with passwords in their files."""
    for name in ("redis", "influx", "flower"):
        (tmp_path / f"{name}_password").write_text("only for this test")
    lab = dict.fromkeys(_variables_without_default(LAB_OVERRIDE), "/somewhere")
    return {**os.environ, **lab, "DOCKER_CONFIG": str(tmp_path), "SKEP_SECRETS": str(tmp_path)}


@pytest.mark.parametrize(
    "files",
    [(STACK,), (STACK, LAB_OVERRIDE), (STACK, POLICY_OVERRIDE)],
    ids=["the stack", "with the lab's override", "with a policy file"],
)
def test_docker_stack_config_accepts_it(variables: dict[str, str], files: tuple[Path, ...]) -> None:
    client = next((client for client in CLIENTS if _has_stack_config(client)), None)
    if client is None:
        pytest.skip("no Docker client here has `docker stack config`, which came after 20.10")

    done = _run(variables, client, "stack", "config", *_as_arguments(files))

    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == set(SERVICES)


@pytest.mark.skipif(not CLIENTS, reason="needs a Docker client; as root on Debian, `make system` installs it")
@pytest.mark.parametrize("client", CLIENTS)
def test_docker_stack_deploy_understands_it_and_ignores_nothing(variables: dict[str, str], client: str) -> None:
    """The client reads and judges the file before it looks for an engine, and there is none."""
    done = _run(variables, client, "-H", "unix:///nobody", "stack", "deploy", *_as_arguments((STACK,)), "skep")

    assert "Cannot connect to the Docker daemon" in done.stderr
    assert "Ignoring" not in done.stderr + done.stdout


def _has_stack_config(client: str) -> bool:
    return "stack config" in _run(dict(os.environ), client, "stack", "config", "--help").stdout


def _as_arguments(files: tuple[Path, ...]) -> list[str]:
    return [argument for file in files for argument in ("-c", str(file))]


def _run(environment: Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def _variables_without_default(path: Path) -> set[str]:
    return {match["name"] for match in _VARIABLE.finditer(path.read_text()) if match["default"] is None}


def test_it_needs_no_variable_to_be_set() -> None:
    assert _variables_without_default(STACK) == set()


def test_a_changed_config_gets_a_new_name_since_a_swarm_cannot_change_one(stack: dict[str, Any]) -> None:
    for config in stack["configs"].values():
        digest = hashlib.sha256((ROOT / config["file"]).read_bytes()).hexdigest()[:12]
        assert config["name"].endswith(f"_{digest}"), f"{config['file']} has changed: name it ..._{digest}"


# --- what holds for every service ----------------------------------------------------------------------------------


def test_the_stack_is_these_services(stack: dict[str, Any]) -> None:
    assert set(stack["services"]) == set(SERVICES)


def test_it_has_a_health_check_with_patience_at_its_start(service: dict[str, Any]) -> None:
    assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])


def test_it_reserves_and_is_limited_in_cores_and_memory(service: dict[str, Any]) -> None:
    resources = service["deploy"]["resources"]

    assert float(resources["reservations"]["cpus"]) <= float(resources["limits"]["cpus"])
    assert _mebibytes(resources["reservations"]["memory"]) <= _mebibytes(resources["limits"]["memory"])


def test_its_image_has_a_pinned_version(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z/-]+:\d+\.\d+\.\d+(-[a-z]+)?", service["image"])


def test_a_mirror_can_stand_before_each_public_image() -> None:
    mirrored = read(STACK, {"SKEP_REGISTRY": "mirror.example:5000/"})

    images = {name: mirrored["services"][name]["image"] for name in ("redis", "socket-proxy")}
    assert all(image.startswith("mirror.example:5000/") for image in images.values()), images


def test_no_password_is_in_its_environment(service: dict[str, Any]) -> None:
    environment = service.get("environment", {})

    for name, value in environment.items():
        assert not re.search(r"PASSWORD$|TOKEN$|SECRET$", name)
        assert "@" not in value


def test_it_is_given_the_secrets_it_reads_and_no_others(service: dict[str, Any]) -> None:
    told = json.dumps([service.get("environment", {}), service["command"], service["healthcheck"]])
    read_here = set(re.findall(r"/run/secrets/(\w+)", told))

    assert set(service.get("secrets", ())) == read_here


def test_its_root_is_read_only_and_it_has_no_capability(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


def test_its_log_cannot_fill_the_disk(service: dict[str, Any]) -> None:
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])


def test_it_is_given_time_to_end(service: dict[str, Any]) -> None:
    assert "stop_grace_period" in service


def test_an_update_of_it_goes_one_by_one_and_back_if_it_fails(service: dict[str, Any]) -> None:
    update = service["deploy"]["update_config"]

    assert (update["parallelism"], update["order"], update["failure_action"]) == (1, "stop-first", "rollback")
    assert "rollback_config" in service["deploy"]


def test_skep_does_not_scale_it(service: dict[str, Any]) -> None:
    assert service["deploy"]["labels"] == {"skep.enable": "false"}


def test_its_data_stays_on_the_node_that_is_labelled_for_it(service: dict[str, Any]) -> None:
    keeps_data = any(mount["type"] == "volume" for mount in service.get("volumes", ()))
    is_pinned = "node.labels.skep.state == true" in service["deploy"]["placement"]["constraints"]

    assert keeps_data == is_pinned


# --- who may reach what --------------------------------------------------------------------------------------------


def test_only_the_socket_proxy_has_dockers_socket(stack: dict[str, Any]) -> None:
    assert _services_that(stack, lambda service: "docker.sock" in json.dumps(service)) == {"socket-proxy"}


def test_only_workers_share_a_network_with_the_socket_proxy(stack: dict[str, Any]) -> None:
    assert stack["services"]["socket-proxy"]["networks"] == ["socket-proxy"]
    assert _services_on(stack, "socket-proxy") == {"socket-proxy", *WORKERS}


def test_only_workers_and_flower_reach_the_metrics(stack: dict[str, Any]) -> None:
    """Flower reads the journal there."""
    assert _services_on(stack, "metrics") == {*WORKERS, "flower"}


def test_redis_and_docker_stand_on_networks_that_lead_nowhere_else(stack: dict[str, Any]) -> None:
    for name in ("redis", "socket-proxy"):
        assert all(stack["networks"][network]["internal"] for network in stack["services"][name]["networks"])


def test_only_flower_is_published(stack: dict[str, Any]) -> None:
    assert _services_that(stack, lambda service: "ports" in service) == {"flower"}


def test_flower_is_published_as_the_operator_wants() -> None:
    stack = read(STACK, {"SKEP_FLOWER_PORT": "8443", "SKEP_FLOWER_PORT_MODE": "host"})

    assert stack["services"]["flower"]["ports"] == [{"target": 5555, "published": 8443, "mode": "host"}]


def test_only_the_socket_proxy_runs_as_root(stack: dict[str, Any]) -> None:
    image = (ROOT / "Dockerfile").read_text()

    assert re.search(r"^USER (?!0|root)\S+$", image, re.MULTILINE)
    assert stack["services"]["redis"]["user"] == "redis"
    assert _services_that(stack, lambda service: service.get("user", "").startswith(("0", "root"))) == {"socket-proxy"}


# --- the parts of skep ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*WORKERS, "socket-proxy"])
def test_each_manager_has_one(stack: dict[str, Any], name: str) -> None:
    deploy = stack["services"][name]["deploy"]

    assert deploy["mode"] == "global"
    assert deploy["placement"]["constraints"] == ["node.role == manager"]


@pytest.mark.parametrize("name", ["redis", "beat", "flower"])
def test_the_swarm_has_one(stack: dict[str, Any], name: str) -> None:
    assert stack["services"][name]["deploy"]["replicas"] == 1


@pytest.mark.parametrize(("name", "queue"), [("observer", f"{OBSERVE},{TICK}"), ("actor", ACT)])
def test_a_worker_takes_its_own_queue_by_processes_that_can_be_stopped(
    stack: dict[str, Any], name: str, queue: str
) -> None:
    command = stack["services"][name]["command"]

    assert f"--queues={queue}" in command
    assert f"--hostname={name}@%h" in command
    assert {"--pool=prefork", "--concurrency=2"} <= set(command)


def test_flower_starts_in_every_deployment_as_the_lab_and_tests_start_it() -> None:
    folders = (("", "docker-compose*.yml"), ("stacks", "*.yml"), ("lab/real/stacks", "*.yml"))
    files = [path for folder, names in folders for path in (ROOT / folder).glob(names)]
    flowers = {path.name: yaml.safe_load(path.read_text()).get("services", {}).get("flower", {}) for path in files}
    commands = {name: tuple(flower["command"]) for name, flower in flowers.items() if "command" in flower}

    assert commands.keys() >= {"docker-compose.yml", "docker-compose.local.yml"}
    assert set(commands.values()) == {FLOWER_COMMAND}


def test_workers_of_two_managers_have_different_names(stack: dict[str, Any]) -> None:
    assert {stack["services"][name]["hostname"] for name in WORKERS} == {"{{.Node.Hostname}}"}


def test_a_worker_may_finish_its_task_before_it_is_killed(stack: dict[str, Any]) -> None:
    longest_task = timedelta(seconds=30)

    for name in WORKERS:
        assert read_duration(stack["services"][name]["stop_grace_period"]) > longest_task


@pytest.mark.parametrize("name", OURS)
def test_skep_accepts_the_settings_that_it_is_given(stack: dict[str, Any], name: str) -> None:
    environment = stack["services"][name]["environment"]

    settings = Settings.from_environment(environment, read_file=lambda _path: "a password from a file")

    assert settings.broker_url.reveal() == "redis://:a%20password%20from%20a%20file@redis:6379/0"


@pytest.mark.parametrize("name", OURS)
def test_every_setting_in_its_environment_exists(stack: dict[str, Any], name: str) -> None:
    given = {variable for variable in stack["services"][name]["environment"] if variable.startswith("SKEP_")}
    known = {variable for setting in SETTINGS for variable in setting.variables}

    assert given <= known


def test_a_health_check_looks_where_the_process_shows_its_life(stack: dict[str, Any]) -> None:
    for name in ("beat", *WORKERS):
        service = stack["services"][name]
        assert service["healthcheck"]["test"][:4] == ["CMD", "python", "-m", "workers.health"]
        folders = {mount["target"] for mount in service["volumes"] if mount["type"] == "tmpfs"}
        assert service["environment"]["SKEP_STATE_DIR"] in folders


# --- the script that makes passwords -------------------------------------------------------------------------------


def test_missing_passwords_of_all_stacks_are_made_for_their_owners_eyes_only(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"

    _make_secrets(folder)

    wanted = {name for path in (STACK, *ROOT.glob("stacks/*.yml")) for name in read(path).get("secrets", ())}
    assert {path.name for path in folder.iterdir()} == wanted - _OF_OTHERS
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert all(re.fullmatch(r"[A-Za-z0-9]{32}", path.read_text()) for path in folder.iterdir())
    assert len({path.read_text() for path in folder.iterdir()}) == len(wanted - _OF_OTHERS)


#: Addresses that only those can give who are told by them.
_OF_OTHERS = {"notify_slack_url"}


def test_a_password_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "influx_password").write_text("made by hand")

    _make_secrets(tmp_path)

    assert (tmp_path / "influx_password").read_text() == "made by hand"


def _make_secrets(folder: Path) -> None:
    subprocess.run([str(ROOT / "stacks/secrets"), str(folder)], check=True, capture_output=True, timeout=30)


# --- small things --------------------------------------------------------------------------------------------------


def _services_that(stack: dict[str, Any], holds: Any) -> set[str]:
    return {name for name, service in stack["services"].items() if holds(service)}


def _services_on(stack: dict[str, Any], network: str) -> set[str]:
    return _services_that(stack, lambda service: network in service["networks"])


def _mebibytes(text: str) -> int:
    assert text.endswith("M")
    return int(text.removesuffix("M"))
