"""The stacks of metrics and proxies: what Docker understands, what operators were promised, and that parts fit."""

import hashlib
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from skep.adapters.influx.measures import measures_of
from skep.config.settings import unknown_settings
from skep.core.metrics.backends import Proxy
from skep.core.policy import Signal
from skep.report.dashboards import swarm
from skep.report.haproxy_config import haproxy_config
from tests.entrypoints.stack_files import FOLDER, ROOT, STACKS, TICK, services
from tests.entrypoints.test_compose import CLIENTS, SCHEMA, STACK, read

ALERTS = FOLDER / "alerts.yml"
HOOKS = FOLDER / "hooks.yml"
NOTIFY = FOLDER / "notify.yml"
FILES = (*STACKS, ALERTS, HOOKS, NOTIFY)
SERVICES = services()
BUILT_IN = [signal for signal in Signal if signal is not Signal.QUERY]

#: Images that somebody else made so that they cannot run confined.
UNCONFINED = {"docker-flow-proxy: proxy", "docker-flow-proxy: swarm-listener"}
#: They have no program to ask with.
WITHOUT_CHECK = UNCONFINED

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
each_service = pytest.mark.parametrize("name", SERVICES)


def _variables(path: Path) -> set[str]:
    return {found["name"] for found in _VARIABLE.finditer(path.read_text())}


# --- the form ------------------------------------------------------------------------------------------------------


def test_every_stack_file_is_looked_at() -> None:
    assert set(FILES) == set(FOLDER.glob("*.yml"))


@each_file
def test_the_compose_schema_accepts_it(path: Path) -> None:
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(read(path))


@each_file
def test_it_needs_no_variable_to_be_set(path: Path) -> None:
    assert {found["name"] for found in _VARIABLE.finditer(path.read_text()) if found["default"] is None} == set()


@each_file
def test_its_variables_are_told_at_its_head_or_at_that_of_the_tick_stack(path: Path) -> None:
    told = path.read_text().partition("\nversion:")[0] + TICK.read_text().partition("\nversion:")[0]
    assert [name for name in _variables(path) if name not in told] == []


@each_file
def test_skep_does_not_complain_of_its_variables(path: Path) -> None:
    """An operator's shell has them while skep starts, too."""
    variables = dict.fromkeys(_variables(path), "x")
    assert unknown_settings(variables) == ()


@pytest.mark.skipif(not CLIENTS, reason="needs a Docker client; as root on Debian, `make system` installs it")
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "files",
    [*((path,) for path in STACKS), (TICK, ALERTS), (STACK, HOOKS)],
    ids=lambda files: "+".join(path.stem for path in files),
)
def test_docker_stack_deploy_understands_it_and_ignores_nothing(
    tmp_path: Path, client: str, files: tuple[Path, ...]
) -> None:
    """The client reads and judges the files before it looks for an engine, and there is none."""
    secrets = tmp_path / "secrets"
    subprocess.run([str(ROOT / "stacks/secrets"), str(secrets)], check=True, capture_output=True, timeout=30)
    (secrets / "notify_slack_url").write_text("https://hooks.example.org/services/a/b")
    arguments = [argument for path in files for argument in ("-c", str(path))]
    done = subprocess.run(
        [client, "-H", "unix:///nobody", "stack", "deploy", *arguments, "x"],
        env={"PATH": "/usr/bin:/bin", "DOCKER_CONFIG": str(tmp_path), "SKEP_SECRETS": str(secrets)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Cannot connect to the Docker daemon" in done.stderr
    assert "Ignoring" not in done.stderr + done.stdout


@each_file
def test_a_changed_config_gets_a_new_name_since_a_swarm_cannot_change_one(path: Path) -> None:
    for config in read(path).get("configs", {}).values():
        digest = hashlib.sha256((FOLDER / config["file"]).read_bytes()).hexdigest()[:12]
        assert config["name"].endswith(f"_{digest}"), f"{config['file']} has changed: name it ..._{digest}"


# --- what holds for every service ----------------------------------------------------------------------------------


@each_service
def test_its_image_has_a_pinned_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+(-[a-z0-9]+)?", SERVICES[name]["image"])


@each_service
def test_it_has_a_health_check_with_patience_at_its_start(name: str) -> None:
    has_check = {"test", "interval", "timeout", "retries", "start_period"} <= set(SERVICES[name].get("healthcheck", ()))
    assert has_check == (name not in WITHOUT_CHECK)


@each_service
def test_it_reserves_and_is_limited_in_cores_and_memory(name: str) -> None:
    resources = SERVICES[name]["deploy"]["resources"]
    assert float(resources["reservations"]["cpus"]) <= float(resources["limits"]["cpus"])
    assert _mebibytes(resources["reservations"]["memory"]) <= _mebibytes(resources["limits"]["memory"])


@each_service
def test_its_root_is_read_only_and_it_has_no_capability(name: str) -> None:
    service = SERVICES[name]
    is_confined = service.get("read_only") is True and service.get("cap_drop") == ["ALL"]
    assert is_confined == (name not in UNCONFINED)


@each_service
def test_only_a_socket_proxy_runs_as_root(name: str) -> None:
    if name in UNCONFINED:
        return
    is_root = SERVICES[name]["user"].startswith(("0", "root"))
    assert is_root == name.endswith("socket-proxy")


@each_service
def test_its_log_cannot_fill_the_disk(name: str) -> None:
    assert {"max-size", "max-file"} <= set(SERVICES[name]["logging"]["options"])


@each_service
def test_an_update_of_it_goes_one_by_one_and_back_if_it_fails(name: str) -> None:
    update = SERVICES[name]["deploy"]["update_config"]
    assert (update["parallelism"], update["order"], update["failure_action"]) == (1, "stop-first", "rollback")


@each_service
def test_skep_does_not_scale_it(name: str) -> None:
    assert SERVICES[name]["deploy"]["labels"] == {"skep.enable": "false"}


@each_service
def test_it_is_given_time_to_end(name: str) -> None:
    assert "stop_grace_period" in SERVICES[name]


@each_service
def test_no_password_is_in_its_environment(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        assert not re.search(r"PASSWORD$|TOKEN$|SECRET$", variable)
        assert "@" not in value


@each_service
def test_it_is_given_the_secrets_it_reads_and_no_others(name: str) -> None:
    service = SERVICES[name]
    told = json.dumps([service.get(key) for key in ("environment", "command", "healthcheck")])
    if name == "tick: influxdb":
        told = re.sub(
            r"(user [a-z]+) (\w+_password)", r"\1 /run/secrets/\2", (FOLDER / "influxdb/start.sh").read_text()
        )
    read_here = set(re.findall(r"/run/secrets/(\w+)", told))
    assert set(service.get("secrets", ())) == read_here


@each_service
def test_the_configs_it_reads_are_mounted(name: str) -> None:
    service = SERVICES[name]
    mounted = {config["target"] for config in service.get("configs", ())}
    told = " ".join(json.dumps(service.get(key, "")) for key in ("command", "entrypoint"))
    assert set(re.findall(r"/etc/[\w/.-]+\.(?:conf|cfg|sh)", told)) <= mounted


@each_service
def test_its_data_stays_on_the_node_that_is_labelled_for_it(name: str) -> None:
    volumes = [mount["source"] for mount in SERVICES[name].get("volumes", ()) if mount["type"] == "volume"]
    keeps_data = any(volume != "docker-read" for volume in volumes)
    placement = SERVICES[name]["deploy"].get("placement", {}).get("constraints", ())
    assert keeps_data == ("node.labels.skep.state == true" in placement)


# --- who may reach what --------------------------------------------------------------------------------------------


def test_dockers_socket_is_behind_proxies_but_for_the_listener_of_docker_flow() -> None:
    has_socket = {
        name for name, service in SERVICES.items() if "docker.sock:" in json.dumps(service) or _mounts(service)
    }
    assert has_socket == {
        "tick: socket-proxy",
        "traefik: socket-proxy",
        "docker-flow-proxy: swarm-listener",
    }


def _mounts(service: dict[str, Any]) -> bool:
    return any(mount.get("target") == "/var/run/docker.sock" for mount in service.get("volumes", ()))


def test_only_pages_and_proxies_are_published() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {
        "tick: chronograf",
        "docker-flow-proxy: proxy",
        "haproxy: proxy",
        "traefik: proxy",
    }


@pytest.mark.parametrize("path", STACKS[1:], ids=lambda path: path.stem)
def test_statistics_of_a_proxy_are_on_no_published_port(path: Path) -> None:
    stack = read(path)
    environment = stack["services"]["telegraf"]["environment"]
    (asked,) = (value for variable, value in environment.items() if variable.startswith("PROXY_"))
    assert asked.startswith("http://proxy:8404/")
    assert 8404 not in {port["target"] for port in stack["services"]["proxy"]["ports"]}


def test_the_socket_proxy_of_telegraf_is_on_no_network_with_anybody() -> None:
    stack = read(TICK)
    on_it = {name for name, service in stack["services"].items() if "nobody" in service["networks"]}
    assert on_it == {"socket-proxy"}
    assert stack["networks"]["nobody"]["internal"] is True


# --- parts that must fit -------------------------------------------------------------------------------------------


def test_the_network_that_the_tick_stack_makes_is_the_one_that_skep_and_proxies_join() -> None:
    made = yaml.safe_load(TICK.read_text())["networks"]["metrics"]
    assert made["driver"] == "overlay"
    assert "external" not in made
    for path in (STACK, *STACKS[1:]):
        joined = yaml.safe_load(path.read_text())["networks"]["metrics"]
        assert joined == {"external": True, "name": made["name"]}


def test_influxdb_is_found_where_skep_looks_for_it() -> None:
    tick = read(TICK)
    assert "metrics" in tick["services"]["influxdb"]["networks"]
    assert {s["environment"]["INFLUX_URL"] for n, s in SERVICES.items() if "telegraf" in n} == {"http://influxdb:8086"}


def test_skep_logs_in_with_the_password_that_influxdb_was_given() -> None:
    mine, its = (yaml.safe_load(path.read_text())["secrets"]["influx_password"]["file"] for path in (STACK, TICK))
    assert its == mine.replace("./secrets", "../secrets")
    assert "user skep influx_password" in (FOLDER / "influxdb/start.sh").read_text()


def test_every_image_comes_from_a_mirror_where_one_is_named() -> None:
    for path in STACKS:
        mirrored = read(path, {"SKEP_REGISTRY": "mirror.example:5000/"})
        assert all(s["image"].startswith("mirror.example:5000/") for s in mirrored["services"].values())


def test_the_same_programs_have_the_same_versions_everywhere() -> None:
    images = [*(s["image"] for s in SERVICES.values()), *(s["image"] for s in read(STACK)["services"].values())]
    versions: dict[str, set[str]] = {}
    for image in images:
        program, _, version = image.partition(":")
        versions.setdefault(program, set()).add(version)
    assert {program: found for program, found in versions.items() if len(found) > 1} == {}


def test_the_committed_configuration_of_haproxy_is_one_without_services() -> None:
    assert (FOLDER / "haproxy/haproxy.cfg").read_text() == haproxy_config(())


# --- Telegraf writes what skep reads -------------------------------------------------------------------------------


def telegraf(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"telegraf/{name}.conf").read_text())


@pytest.mark.parametrize("path", sorted((FOLDER / "telegraf").glob("*.conf")), ids=lambda path: path.stem)
def test_a_configuration_of_telegraf_is_toml_without_what_telegraf_has_removed(path: Path) -> None:
    for plugin in tomllib.loads(path.read_text()).get("inputs", {}).get("docker", ()):
        assert plugin.keys().isdisjoint({"perdevice", "total", "container_names"})


@pytest.mark.parametrize("name", [name for name in SERVICES if "telegraf" in name])
def test_what_a_telegraf_takes_from_outside_is_given_to_it(name: str) -> None:
    service = SERVICES[name]
    configs = read(FOLDER / f"{name.partition(':')[0]}.yml")["configs"]
    texts = [(FOLDER / configs[config["source"]]["file"]).read_text() for config in service["configs"]]
    taken = {variable for text in texts for variable in re.findall(r"\$\{(\w+)\}", text)}
    given = {*service["environment"], *re.findall(r"export (\w+)", json.dumps(service["command"]))}
    assert taken <= given


def test_containers_carry_the_tags_that_skep_groups_by_and_few_others() -> None:
    (docker,) = telegraf("node")["inputs"]["docker"]
    measure = measures_of(Proxy.HAPROXY, wanted=[], services=[])[Signal.CPU]
    assert measure.tags[0] in docker["docker_label_include"]
    assert docker["docker_label_include"], "an empty list would mean every label"
    assert set(measure.tags).isdisjoint(docker["tagexclude"])
    assert measure.tags[1] == "container_name"
    assert len(docker["docker_label_include"]) <= 3


def test_the_use_of_containers_is_measured_as_a_whole() -> None:
    (docker,) = telegraf("node")["inputs"]["docker"]
    assert "cpu" in docker["total_include"]
    assert docker["perdevice_include"] == []
    assert {"usage", "usage_percent"}.isdisjoint(docker["fieldexclude"])


def test_services_are_counted_by_one_telegraf_alone() -> None:
    assert telegraf("swarm")["inputs"]["docker"][0]["gather_services"] is True
    assert telegraf("node")["inputs"]["docker"][0]["gather_services"] is False
    deploy = read(TICK)["services"]["telegraf-manager"]["deploy"]
    assert (deploy["replicas"], deploy["placement"]["constraints"]) == (1, ["node.role == manager"])
    assert read(TICK)["services"]["telegraf"]["deploy"]["mode"] == "global"


def test_haproxys_rows_keep_the_fields_that_skep_and_its_dashboards_read() -> None:
    (haproxy,) = telegraf("haproxy")["inputs"]["haproxy"]
    measures = measures_of(Proxy.HAPROXY, wanted=BUILT_IN, services=[])
    assert {m.field for m in measures.values() if m.measurement == "haproxy"} <= set(haproxy["fieldinclude"])


def test_traefiks_metrics_keep_the_names_that_skep_reads_in_the_layout_it_knows() -> None:
    (prometheus,) = telegraf("traefik")["inputs"]["prometheus"]
    measures = measures_of(Proxy.TRAEFIK, wanted=BUILT_IN, services=[])
    names = {m.measurement for m in measures.values() if m.measurement.startswith("traefik")}
    assert names <= set(prometheus["namepass"])
    assert prometheus["metric_version"] == 1


#: Which input of which configuration writes a measurement; docker writes several.
WRITTEN_BY = {
    "cpu": ("node", "cpu"),
    "disk": ("node", "disk"),
    "diskio": ("node", "diskio"),
    "docker": ("node", "docker"),
    "docker_container_cpu": ("node", "docker"),
    "docker_container_mem": ("node", "docker"),
    "docker_container_net": ("node", "docker"),
    "docker_swarm": ("swarm", "docker"),
    "haproxy": ("haproxy", "haproxy"),
    "mem": ("node", "mem"),
    "pressure": ("node", "kernel"),
    "traefik_service_request_duration_seconds": ("traefik", "prometheus"),
    "traefik_service_requests_total": ("traefik", "prometheus"),
}


@pytest.mark.parametrize("proxy", Proxy)
def test_telegraf_writes_every_measurement_that_a_dashboard_shows(proxy: Proxy) -> None:
    texts = " ".join(statement.text for cell in swarm(proxy).cells for statement in cell.statements)
    for measurement in set(re.findall(r'FROM "telegraf"\.\."(\w+)"', texts)):
        configuration, plugin = WRITTEN_BY[measurement]
        assert plugin in telegraf(configuration)["inputs"]


def test_pressure_has_to_be_asked_for() -> None:
    assert telegraf("node")["inputs"]["kernel"] == [{"collect": ["psi"]}]


def test_a_point_says_which_node_it_is_from_by_an_id_that_is_never_used_again() -> None:
    assert telegraf("agent")["global_tags"] == {"node_id": "${NODE_ID}"}
    given = {
        json.dumps([s["environment"][v] for v in ("NODE_ID", "NODE_NAME")])
        for n, s in SERVICES.items()
        if "telegraf" in n
    }
    assert given == {'["{{.Node.ID}}", "{{.Node.Hostname}}"]'}


def test_the_node_is_measured_and_not_the_container() -> None:
    service = read(TICK)["services"]["telegraf"]
    assert {
        "type": "bind",
        "source": "/",
        "target": "/hostfs",
        "read_only": True,
        "bind": {"propagation": "rslave"},
    } in service["volumes"]
    points_there = {v: p for v, p in service["environment"].items() if v.startswith("HOST_")}
    assert set(points_there) == {"HOST_ETC", "HOST_PROC", "HOST_SYS", "HOST_VAR", "HOST_RUN", "HOST_MOUNT_PREFIX"}
    assert all(path.startswith("/hostfs") for path in points_there.values())


def test_data_is_measured_more_often_than_it_grows_stale() -> None:
    agent = telegraf("agent")["agent"]
    delay_s = sum(
        int(agent[name].removesuffix("s"))
        for name in ("interval", "flush_interval", "collection_jitter", "flush_jitter")
    )
    assert delay_s < 45, "the default of SKEP_MAX_AGE"


# --- Kapacitor -----------------------------------------------------------------------------------------------------


def test_kapacitor_only_asks_and_needs_no_right_to_subscribe() -> None:
    (influxdb,) = tomllib.loads((FOLDER / "kapacitor/kapacitor.conf").read_text())["influxdb"]
    assert (influxdb["username"], influxdb["disable-subscriptions"]) == ("kapacitor", True)
    assert "password" not in influxdb


def test_alerts_go_to_the_webhook_with_a_secret_that_stands_in_no_file_of_the_stack() -> None:
    kapacitor = read(ALERTS)["services"]["kapacitor"]
    assert "/scaling/hooks/kapacitor" in json.dumps(kapacitor["command"])
    assert "/run/secrets/webhook_kapacitor" in json.dumps(kapacitor["command"])
    assert ".endpoint('skep')" in (FOLDER / "kapacitor/requests.tick").read_text()


def test_the_webhook_that_kapacitor_calls_is_served_with_the_same_secret_where_flower_listens() -> None:
    stack, hooks = read(STACK), read(HOOKS)
    assert hooks["services"]["flower"]["environment"]["SKEP_WEBHOOKS"] == "kapacitor"
    (own,), (theirs,) = hooks["secrets"].values(), [read(ALERTS)["secrets"]["webhook_kapacitor"]]
    assert own["file"].replace("./", "../") == theirs["file"]
    assert "flower" in stack["services"]["flower"]["networks"]


def _mebibytes(text: str) -> int:
    assert text.endswith("M")
    return int(text.removesuffix("M"))
