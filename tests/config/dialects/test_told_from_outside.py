"""Peers that are told when to scale, or that do something else than scaling by load."""

import pytest

from tests.config.dialects.speaking import labels_of, notes_of, problems_of, translated

DOCKER_FLOW = {"com.df.notify": "true", "com.df.scaleMin": "2", "com.df.scaleMax": "10"}
SABLIER = {"sablier.enable": "true"}


@pytest.mark.parametrize(
    ("name", "labels", "native"),
    [
        pytest.param(
            "docker-flow",
            {**DOCKER_FLOW, "com.df.scaleUpBy": "2"},
            {
                "skep.enable": "true",
                "skep.min": "2",
                "skep.max": "10",
                "skep.scale-up": "window=0s rate=2/1m",
                "skep.scale-down": "window=1m rate=1/1m",
            },
            id="docker-flow: bounds and steps",
        ),
        pytest.param(
            "docker-flow",
            {
                "com.df.notify": "true",
                "com.df.alertName.1": "memory",
                "com.df.alertIf.1": "@service_mem_limit:0.8",
                "com.df.alertFor.1": "30s",
            },
            {
                "skep.enable": "true",
                "skep.min": "1",
                "skep.max": "5",
                "skep.memory": "80%",
                "skep.tolerance": "up=0% down=0%",
                "skep.scale-up": "window=30s rate=1/1m",
                "skep.scale-down": "off",
            },
            id="docker-flow: an alert on memory, and none that shrinks",
        ),
        pytest.param(
            "docker-flow",
            {
                **DOCKER_FLOW,
                "com.df.alertIf.1": "@resp_time_above:0.1,5m,0.99",
                "com.df.alertIf.2": "@resp_time_below:0.025,5m,0.75",
            },
            {
                "skep.enable": "true",
                "skep.min": "2",
                "skep.max": "10",
                "skep.latency": "p99 < 100ms",
                "skep.scale-up": "window=0s rate=1/1m",
                "skep.scale-down": "window=1m rate=1/1m",
            },
            id="docker-flow: a share of fast answers is a percentile",
        ),
        pytest.param(
            "orbiter",
            {"orbiter": "true", "orbiter.up": "3", "orbiter.cooldown": "30"},
            {
                "skep.enable": "true",
                "skep.scale-up": "window=0s rate=3/30s",
                "skep.scale-down": "window=30s rate=1/30s",
                "skep.cooldown": "up=30s down=30s",
            },
            id="orbiter: steps and a cooldown",
        ),
        pytest.param("orbiter", {"orbiter": "false"}, {"skep.enable": "true"}, id="orbiter: false enables"),
        pytest.param(
            "autopilot",
            {"autopilot.enabled": "true", "autopilot.scale_min": "2"},
            {"skep.enable": "true", "skep.min": "2", "skep.max": "10000000"},
            id="autopilot: bounds",
        ),
        pytest.param(
            "openfaas",
            {"com.openfaas.scale.max": "15"},
            {
                "skep.enable": "true",
                "skep.min": "1",
                "skep.max": "15",
                "skep.scale-up": "window=0s rate=3/1m",
                "skep.scale-down": "window=1m rate=15/1m",
            },
            id="openfaas: a step is a share of the maximum, and all go at once",
        ),
        pytest.param("openfaas", {"com.openfaas.scale.factor": "0"}, {"skep.enable": "false"}, id="openfaas: no step"),
        pytest.param(
            "sablier",
            {**SABLIER, "sablier.active.replicas": "3", "sablier.running-hours": "09:00-18:00"},
            {
                "skep.enable": "true",
                "skep.min": "0",
                "skep.max": "3",
                "skep.schedule.running": "Mon-Sun 09:00-18:00 UTC min=3",
            },
            id="sablier: counts and hours",
        ),
        pytest.param("swarm-cronjob", {"swarm.cronjob.enable": "true"}, {}, id="swarm-cronjob: nothing to scale"),
    ],
)
def test_what_carries(name: str, labels: dict[str, str], native: dict[str, str]) -> None:
    translated_labels = labels_of(name, labels)
    assert native.items() <= translated_labels.items()
    assert len(native) <= 1 or translated_labels == native


@pytest.mark.parametrize(
    ("days", "text"),
    [
        pytest.param("Mon,Tue,Wed,Thu,Fri", "Mon-Fri", id="days that follow each other"),
        pytest.param("sun, sat", "Sat-Sun", id="in any order and case"),
        pytest.param("Mon,Wed,Fri", "Mon,Wed,Fri", id="days apart"),
        pytest.param("Sat", "Sat", id="one day"),
    ],
)
def test_days_of_sablier_become_those_of_a_schedule(days: str, text: str) -> None:
    labels = {**SABLIER, "sablier.running-hours": "22:00-06:00", "sablier.running-days": days}
    assert labels_of("sablier", labels)["skep.schedule.running"] == f"{text} 22:00-06:00 UTC min=1"


@pytest.mark.parametrize(
    ("name", "labels", "part"),
    [
        pytest.param("docker-flow", DOCKER_FLOW, "comes without an alert", id="docker-flow: nothing to scale by"),
        pytest.param(
            "docker-flow",
            {**DOCKER_FLOW, "com.df.alertIf": "sum(rate(jobs[1m])) > 5"},
            "has no target to keep",
            id="docker-flow: a condition in PromQL",
        ),
        pytest.param(
            "docker-flow",
            {**DOCKER_FLOW, "com.df.alertIf": "@node_mem_limit_total_above:0.8"},
            "is about nodes",
            id="docker-flow: an alert on nodes",
        ),
        pytest.param(
            "docker-flow",
            {**DOCKER_FLOW, "com.df.scaleWorkerNodeMin": "2"},
            "com.df.scaleWorkerNodeMin is about nodes",
            id="docker-flow: nodes",
        ),
        pytest.param(
            "docker-flow", {**DOCKER_FLOW, "com.df.reschedule": "true"}, "com.df.reschedule", id="docker-flow: moving"
        ),
        pytest.param("orbiter", {"orbiter": "false"}, "still switches the peer on", id="orbiter: presence"),
        pytest.param("orbiter", {"orbiter": "true"}, "has no upper bound", id="orbiter: bounds"),
        pytest.param("orbiter", {"orbiter": "true"}, "by a call from outside", id="orbiter: calls"),
        pytest.param(
            "autopilot",
            {"autopilot.enabled": "true", "autopilot.scale_min": "1"},
            "flags of its daemon",
            id="autopilot: thresholds",
        ),
        pytest.param("openfaas", {"com.openfaas.scale.zero": "true"}, "faas-idler", id="openfaas: zero"),
        pytest.param("openfaas", {"com.openfaas.scale.max": "9"}, "APIHighInvocationRate", id="openfaas: the alert"),
        pytest.param("sablier", SABLIER, "lets no request wait", id="sablier: waiting requests"),
        pytest.param(
            "sablier", {**SABLIER, "sablier.running-hours": "09:00-18:00"}, "local time", id="sablier: the time zone"
        ),
        pytest.param(
            "sablier", {**SABLIER, "sablier.idle.cpu": "0.1"}, "sablier.idle.cpu changes", id="sablier: resources"
        ),
        pytest.param("sablier", {**SABLIER, "sablier.group": "shop"}, "sablier.group wakes", id="sablier: groups"),
        pytest.param(
            "swarm-cronjob",
            {"swarm.cronjob.enable": "true", "swarm.cronjob.schedule": "* * * * *"},
            "leave its labels as they are",
            id="swarm-cronjob: it stays",
        ),
        pytest.param(
            "scaler",
            {"scaler.enabled": "true", "scaler.per_node": "2", "scaler.node_filter": "role = worker"},
            "placement constraint",
            id="scaler: which nodes",
        ),
    ],
)
def test_what_is_lost_or_changed_is_noted(name: str, labels: dict[str, str], part: str) -> None:
    assert any(part in note for note in notes_of(name, labels))


@pytest.mark.parametrize(
    ("name", "labels", "beginning"),
    [
        pytest.param(
            "docker-flow",
            {"com.df.scaleMin": "9", "com.df.scaleMax": "3"},
            'web: com.df.scaleMax is "3", expected no less than com.df.scaleMin, which is 9',
            id="docker-flow: bounds that cross",
        ),
        pytest.param(
            "docker-flow",
            {"com.df.scaleMin": "few"},
            'web: com.df.scaleMin is "few", expected a whole number',
            id="docker-flow: no count, though the peer would take its default",
        ),
        pytest.param(
            "docker-flow",
            {**DOCKER_FLOW, "com.df.alertIf": "@service_mem_limit:80"},
            'web: com.df.alertIf is "@service_mem_limit:80", expected a share between 0 and 1',
            id="docker-flow: percent in place of a share",
        ),
        pytest.param(
            "docker-flow",
            {**DOCKER_FLOW, "com.df.alertIf": "@resp_time_above:fast,5m,0.99"},
            'web: com.df.alertIf is "@resp_time_above:fast,5m,0.99", expected a number',
            id="docker-flow: no time",
        ),
        pytest.param(
            "orbiter",
            {"orbiter": "true", "orbiter.up": "0"},
            'web: orbiter.up is "0", expected a whole number from 1',
            id="orbiter: no step",
        ),
        pytest.param(
            "autopilot",
            {"autopilot.enabled": "true", "autopilot.scale_min": "0"},
            'web: autopilot.scale_min is "0", expected a whole number from 1',
            id="autopilot: zero, which counts as unset",
        ),
        pytest.param(
            "openfaas",
            {"com.openfaas.scale.factor": "120"},
            'web: com.openfaas.scale.factor is "120", expected a whole number from 0 to 100',
            id="openfaas: more than all",
        ),
        pytest.param(
            "sablier",
            {**SABLIER, "sablier.running-hours": "9-18"},
            'web: sablier.running-hours is "9-18", expected from and to in hours and minutes',
            id="sablier: no hours",
        ),
        pytest.param(
            "sablier",
            {**SABLIER, "sablier.running-days": "Mon,Holiday"},
            'web: sablier.running-days is "Mon,Holiday", expected days of the week',
            id="sablier: no day",
        ),
        pytest.param(
            "scaler",
            {"scaler.enabled": "true", "scaler.per_node": "1"},
            'web: scaler.per_node is "1", expected a load to scale by, since skep does not follow the number of nodes, '
            "for example deploy.mode: global",
            id="scaler: cannot be carried over",
        ),
    ],
)
def test_a_problem(name: str, labels: dict[str, str], beginning: str) -> None:
    (problem,) = problems_of(name, labels)
    assert problem.startswith(beginning)


def test_native_labels_are_in_the_order_in_which_they_are_read_best() -> None:
    labels = {"com.df.alertIf": "@service_mem_limit:0.8", "com.df.alertIf.2": "@resp_time_above:1,5m,0.95"}
    assert [label for label, _ in translated("docker-flow", labels).native] == [
        "skep.enable",
        "skep.min",
        "skep.max",
        "skep.memory",
        "skep.latency",
        "skep.tolerance",
        "skep.scale-up",
        "skep.scale-down",
    ]
