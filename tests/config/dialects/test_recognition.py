"""Which dialect a service speaks, and where its labels have to stand."""

from collections.abc import Mapping

import pytest

from skep.config.dialects import DIALECTS, Dialect, find_dialect, misplaced, recognise
from tests.house.tree import ROOT

SIGNS = [
    ("swarm-hpa", {"swarm.autoscaler.enabled": "true"}),
    ("swarm-hpa", {"swarm.autoscaler.heal": "true"}),
    ("andrii", {"swarm.autoscaler.enable": "true"}),
    ("jcwimer", {"swarm.autoscaler": "true"}),
    ("amest", {"swarm.autoscale": "true"}),
    ("stefanod83", {"autoscale.enable": "true"}),
    ("sokrates", {"autoscale": "true"}),
    ("caf", {"autoscale.metric": "rabbitmq"}),
    ("docker-flow", {"com.df.scaleMin": "2"}),
    ("docker-flow", {"com.df.notify": "true", "com.df.alertIf": "@service_mem_limit:0.8"}),
    ("orbiter", {"orbiter": "false"}),
    ("bennetgallein", {"balancer.enable": ""}),
    ("visualizer", {"visualizer.autoscale.min": "1"}),
    ("autopilot", {"autopilot.enabled": "true"}),
    ("xylphid", {"io.xylphid.autoscaling": "true"}),
    ("cristianemoyano", {"autoscaler.enabled": "true"}),
    ("scaler", {"scaler.enabled": "true"}),
    ("openfaas", {"com.openfaas.scale.max": "20"}),
    ("sablier", {"sablier.enable": "true"}),
    ("swarm-cronjob", {"swarm.cronjob.enable": "true"}),
]
ON_CONTAINERS_ALONE = {"visualizer", "autopilot"}
EVERYWHERE = {"docker-flow", "xylphid"}


def spoken(on_service: Mapping[str, str], on_containers: Mapping[str, str] | None = None) -> list[str]:
    """The names of the dialects that are recognised."""
    return [dialect.name for dialect in recognise(on_service, on_containers or {})]


@pytest.mark.parametrize(("name", "labels"), SIGNS, ids=[f"{name} by {', '.join(labels)}" for name, labels in SIGNS])
def test_a_dialect_is_recognised_by_its_sign_where_its_peer_looks(name: str, labels: dict[str, str]) -> None:
    assert spoken(labels) == ([] if name in ON_CONTAINERS_ALONE else [name])
    assert spoken({}, labels) == ([name] if name in ON_CONTAINERS_ALONE | EVERYWHERE else [])


@pytest.mark.parametrize(("name", "labels"), SIGNS, ids=[f"{name} by {', '.join(labels)}" for name, labels in SIGNS])
def test_a_sign_where_the_peer_never_looks_is_misplaced(name: str, labels: dict[str, str]) -> None:
    on_service, on_containers = ({}, labels) if name not in ON_CONTAINERS_ALONE else (labels, {})
    assert [dialect.name for dialect in misplaced(on_service, on_containers)] == [
        one for one in [name] if one not in EVERYWHERE
    ]


def test_every_dialect_has_a_sign_in_the_table() -> None:
    assert {dialect.name for dialect in DIALECTS} == {name for name, _ in SIGNS}


@pytest.mark.parametrize("dialect", DIALECTS, ids=[dialect.name for dialect in DIALECTS])
def test_each_dialect_is_documented(dialect: Dialect) -> None:
    guide = (ROOT / "docs/migration.md").read_text(encoding="utf-8")
    assert f"\n| `{dialect.name}` | " in guide
    assert f"\n### {dialect.name}\n" in guide


def test_each_name_is_there_once() -> None:
    assert len({dialect.name for dialect in DIALECTS}) == len(DIALECTS)


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({}, id="no labels"),
        pytest.param({"com.docker.stack.namespace": "shop"}, id="a label of the engine"),
        pytest.param({"swarm.autoscaler.min": "2", "autoscale.min": "2"}, id="labels without a switch"),
        pytest.param({"autoscale.metric": "cpu"}, id="a metric that CAF does not know"),
        pytest.param({"com.df.notify": "true", "com.df.port": "80"}, id="a service behind the proxy of Docker Flow"),
        pytest.param({"com.df.scrapePort": "80"}, id="a service that is only scraped"),
        pytest.param({"skep.enable": "true"}, id="skep's own"),
    ],
)
def test_no_dialect_is_recognised_by(labels: dict[str, str]) -> None:
    assert spoken(labels, labels) == []


def test_of_several_dialects_all_are_named() -> None:
    labels = {"sablier.enable": "true", "autoscale": "true", "autoscale.enable": "true", "swarm.autoscaler": "true"}
    assert spoken(labels) == ["jcwimer", "stefanod83", "sokrates", "sablier"]


def test_labels_in_both_places_are_not_misplaced() -> None:
    labels = {"swarm.autoscaler": "true"}
    assert misplaced(labels, labels) == ()


def test_a_dialect_is_found_by_its_name() -> None:
    assert find_dialect(" Swarm-HPA ") is DIALECTS[0]
    assert find_dialect("kubernetes") is None
