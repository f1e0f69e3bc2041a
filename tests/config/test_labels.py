"""From the labels of a service to its policy, or to all that is wrong with them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.catalogue import CATALOGUE
from skep.config.labels import LabelDefaults, Problem, Problems, read_labels
from skep.core.cluster import Resources, Service, ServiceMode
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    Bounds,
    MetricKind,
    MetricPolicy,
    OnDeploy,
    OnMissing,
    OnRollout,
    OutagePolicy,
    Protection,
    RateLimit,
    RateUnit,
    Select,
    ServicePolicy,
    Signal,
    Source,
    Tolerance,
    Unit,
)
from tests.builders import service

QUERY = "SELECT last(depth) FROM queue WHERE service = $service AND time > now() - 1m"
ENABLED = {"skep.enable": "true", "skep.max": "20"}
BY_REQUESTS = {**ENABLED, "skep.requests": "50/s"}
OWN = {
    **ENABLED,
    "skep.metric.jobs.query": QUERY,
    "skep.metric.jobs.target": "30",
    "skep.metric.jobs.kind": "total",
}


def labelled(labels: Mapping[str, str]) -> Service:
    """A replicated service ``web`` with a limit of half a core and 512 MiB."""
    return service(labels=labels)


def policy_of(labels: Mapping[str, str]) -> ServicePolicy:
    """The policy in labels that are right."""
    policy = read_labels(labelled(labels))
    assert isinstance(policy, ServicePolicy), policy
    return policy


def problems_of(subject: Service | Mapping[str, str]) -> tuple[Problem, ...]:
    """What is wrong with a service."""
    problems = read_labels(subject if isinstance(subject, Service) else labelled(subject))
    assert isinstance(problems, Problems), problems
    return problems.problems


def only_problem(subject: Service | Mapping[str, str]) -> Problem:
    """The one thing that is wrong with a service."""
    (problem,) = problems_of(subject)
    return problem


def only_metric(labels: Mapping[str, str]) -> MetricPolicy:
    """The one metric in labels that are right."""
    (metric,) = policy_of(labels).metrics
    return metric


# --- enabled or not ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({}, id="no labels"),
        pytest.param({"com.docker.stack.namespace": "shop"}, id="labels of others"),
        pytest.param({"skep.max": "20", "skep.requests": "50/s"}, id="everything but enable"),
        pytest.param({"skep.enable": "false", "skep.max": "none of your business"}, id="switched off"),
    ],
)
def test_a_service_that_is_not_enabled_has_no_policy_and_no_problems(labels: dict[str, str]) -> None:
    assert read_labels(labelled(labels)) is None


def test_an_enable_that_is_misspelt_is_not_taken_for_none() -> None:
    labels = {"skep.enabled": "true", "skep.max": "20", "skep.requests": "50/s"}
    assert "perhaps skep.enable" in only_problem(labels).sentence


def test_labels_of_others_do_not_disturb() -> None:
    assert policy_of({**BY_REQUESTS, "traefik.enable": "yes please"}) == policy_of(BY_REQUESTS)


# --- a policy ------------------------------------------------------------------------------------------------------


def test_what_is_not_said_has_the_defaults_of_the_horizontal_pod_autoscaler() -> None:
    assert policy_of(BY_REQUESTS) == ServicePolicy(
        bounds=Bounds(min_replicas=1, max_replicas=20),
        metrics=(
            MetricPolicy(
                name="requests",
                signal=Signal.REQUESTS,
                kind=MetricKind.TOTAL,
                unit=Unit.PER_SECOND,
                target_value=50.0,
                window=timedelta(seconds=30),
            ),
        ),
        tolerance=Tolerance(up_ratio=0.1, down_ratio=0.1),
        scale_up=DEFAULT_SCALE_UP,
        scale_down=DEFAULT_SCALE_DOWN,
        max_age=timedelta(seconds=45),
        dry_run=False,
        flaps_per_hour=4,
        outage=OutagePolicy(mode=OnMissing.HOLD),
        on_deploy=OnDeploy.RESTORE,
        on_rollout=None,
        may_surge=True,
        protection=None,
        price=10.0,
    )


def test_everything_that_is_said_is_in_the_policy() -> None:
    policy = policy_of(
        {
            **BY_REQUESTS,
            "skep.min": "2",
            "skep.tolerance": "up=5% down=20%",
            "skep.scale-up": "off",
            "skep.scale-down": "window=1m rate=1/1m",
            "skep.cooldown": "up=10s down=3m",
            "skep.window": "1m",
            "skep.max-age": "2m",
            "skep.dry-run": "yes",
            "skep.on-missing": "current-if-higher after=1m",
            "skep.flaps": "6",
            "skep.on-deploy": "accept",
            "skep.on-rollout": "grow",
            "skep.surge": "false",
            "skep.protect": "true",
            "skep.shared-data": "true",
            "skep.tune": "off",
            "skep.price": "2.5",
            "skep.schedule.office": "Mon-Fri 08:00-18:00 Europe/Berlin min=5",
            "skep.schedule.night": "22:00-06:00 UTC max=3",
        }
    )
    assert policy.bounds == Bounds(min_replicas=2, max_replicas=20)
    assert policy.tolerance == Tolerance(up_ratio=0.05, down_ratio=0.2)
    assert policy.scale_up == replace(DEFAULT_SCALE_UP, select=Select.DISABLED, cooldown=timedelta(seconds=10))
    assert policy.scale_down.window == timedelta(minutes=1)
    assert policy.scale_down.rates == (RateLimit(amount=1, unit=RateUnit.REPLICAS, period=timedelta(minutes=1)),)
    assert policy.scale_down.cooldown == timedelta(minutes=3)
    assert policy.metrics[0].window == timedelta(minutes=1)
    assert policy.max_age == timedelta(minutes=2)
    assert policy.dry_run
    assert policy.outage == OutagePolicy(mode=OnMissing.CURRENT_IF_HIGHER, replicas=2, after=timedelta(minutes=1))
    assert (policy.flaps_per_hour, policy.price) == (6, 2.5)
    assert (policy.on_deploy, policy.on_rollout) == (OnDeploy.ACCEPT, OnRollout.GROW)
    assert (policy.may_surge, policy.protection, policy.shares_data) == (False, Protection(), True)
    assert [schedule.name for schedule in policy.schedules] == ["office", "night"]


def test_defaults_of_the_whole_swarm_hold_where_a_service_says_nothing() -> None:
    defaults = LabelDefaults(window=timedelta(seconds=20), max_age=timedelta(seconds=90))
    policy = read_labels(labelled(BY_REQUESTS), defaults=defaults)
    assert isinstance(policy, ServicePolicy)
    assert (policy.metrics[0].window, policy.max_age) == (timedelta(seconds=20), timedelta(seconds=90))


@pytest.mark.parametrize(
    ("label", "text", "kind", "unit", "value"),
    [
        pytest.param("skep.cpu", "70%", MetricKind.UTILIZATION, Unit.RATIO, 0.7, id="processor in percent"),
        pytest.param("skep.cpu", "0.5 cores", MetricKind.AVERAGE, Unit.CORES, 0.5, id="processor in cores"),
        pytest.param("skep.memory", "80%", MetricKind.UTILIZATION, Unit.RATIO, 0.8, id="memory in percent"),
        pytest.param("skep.memory", "300MiB", MetricKind.AVERAGE, Unit.BYTES, 300 << 20, id="memory in bytes"),
        pytest.param("skep.requests", "50/s", MetricKind.TOTAL, Unit.PER_SECOND, 50, id="requests per second"),
        pytest.param("skep.requests", "3000/m", MetricKind.TOTAL, Unit.PER_SECOND, 50, id="requests per minute"),
        pytest.param("skep.inflight", "8", MetricKind.TOTAL, Unit.CONCURRENT, 8, id="requests in flight"),
        pytest.param("skep.queue", "redis:mails target=30", MetricKind.TOTAL, Unit.PLAIN, 30, id="a queue"),
    ],
)
def test_reads_a_built_in_metric(label: str, text: str, kind: MetricKind, unit: Unit, value: float) -> None:
    metric = only_metric({**ENABLED, label: text})
    assert (metric.name, metric.kind, metric.unit, metric.target_value) == (
        label.removeprefix("skep."),
        kind,
        unit,
        value,
    )


@pytest.mark.parametrize(
    ("kind", "text", "unit", "value"),
    [
        pytest.param("total", "30", Unit.PLAIN, 30, id="a total without a unit"),
        pytest.param("average", "2.5", Unit.PLAIN, 2.5, id="an average with a fraction"),
        pytest.param("Average", "50/s", Unit.PER_SECOND, 50, id="an average per second"),
        pytest.param("utilization", "70%", Unit.RATIO, 0.7, id="utilization in percent"),
        pytest.param("total", "0.5 cores", Unit.CORES, 0.5, id="a total of cores"),
        pytest.param("total", "300MB", Unit.BYTES, 300 << 20, id="a total of memory"),
    ],
)
def test_reads_a_metric_of_ones_own(kind: str, text: str, unit: Unit, value: float) -> None:
    metric = only_metric({**OWN, "skep.metric.jobs.kind": kind, "skep.metric.jobs.target": text})
    assert metric == MetricPolicy(
        name="jobs",
        signal=Signal.QUERY,
        kind=MetricKind(kind.lower()),
        unit=unit,
        target_value=value,
        window=timedelta(seconds=30),
        query=QUERY,
    )


def test_a_metric_of_ones_own_may_have_a_window_and_say_what_holds_anyway() -> None:
    metric = only_metric(
        {
            **OWN,
            "skep.metric.jobs.window": "2m",
            "skep.metric.jobs.source": "influxdb",
            "skep.metric.jobs.on-missing": "last max-age=10m",
            "skep.metric.jobs.activation": "5",
        }
    )
    assert metric.window == timedelta(minutes=2)
    assert metric.outage == OutagePolicy(mode=OnMissing.LAST, longest=timedelta(minutes=10))
    assert metric.activation == 5


def test_a_metric_of_ones_own_may_be_asked_of_prometheus() -> None:
    metric = only_metric(
        {
            **OWN,
            "skep.metric.jobs.source": "prometheus",
            "skep.metric.jobs.query": 'sum(jobs{service="$service"})',
        }
    )
    assert (metric.source, metric.query) == (Source.PROMETHEUS, "sum(jobs{service=$service})")


def test_a_latency_asks_for_more_beside_a_metric_that_can_ask_for_fewer() -> None:
    requests, latency = policy_of({**BY_REQUESTS, "skep.latency": "mean < 250ms", "skep.window": "1m"}).metrics
    assert requests.signal is Signal.REQUESTS
    assert latency == MetricPolicy(
        name="latency",
        signal=Signal.LATENCY,
        kind=MetricKind.THRESHOLD,
        unit=Unit.SECONDS,
        target_value=0.25,
        window=timedelta(minutes=1),
    )


def test_a_latency_may_be_meant_for_a_share_of_the_answers() -> None:
    _, latency = policy_of({**BY_REQUESTS, "skep.latency": "p95 < 250ms"}).metrics
    assert latency.percentile == 0.95


@pytest.mark.parametrize(
    ("label", "text", "activation"),
    [
        pytest.param("skep.requests", "50/s activation=2/s", 2, id="requests"),
        pytest.param("skep.inflight", "8 activation=1", 1, id="requests in flight"),
        pytest.param("skep.queue", "rabbitmq:jobs target=30 activation=5", 5, id="a queue"),
    ],
)
def test_a_built_in_total_may_have_an_activation(label: str, text: str, activation: float) -> None:
    assert only_metric({**ENABLED, label: text}).activation == activation


def test_a_service_can_have_many_metrics() -> None:
    others = {label.replace("jobs", "mails"): text for label, text in OWN.items()}
    metrics = policy_of({**OWN, **others, "skep.cpu": "70%", "skep.requests": "50/s"}).metrics
    assert [metric.name for metric in metrics] == ["cpu", "requests", "jobs", "mails"]


def test_a_service_with_a_total_metric_may_have_no_replicas() -> None:
    assert policy_of({**BY_REQUESTS, "skep.min": "0"}).bounds.min_replicas == 0


def test_a_percentage_may_be_of_a_reservation_and_then_exceed_it() -> None:
    reserved = replace(
        labelled({**ENABLED, "skep.cpu": "150%"}),
        limits=Resources(),
        reservations=Resources(cpu_cores=0.5),
    )
    policy = read_labels(reserved)
    assert isinstance(policy, ServicePolicy)
    assert policy.metrics[0].target_value == 1.5


# --- problems ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "text", "because"),
    [
        pytest.param("skep.enable", "maybe", "true or false", id="an enable that is neither"),
        pytest.param("skep.min", "-1", "a whole number from 0", id="a negative minimum"),
        pytest.param("skep.min", "21", "no less than skep.min, which is 21", id="crossed bounds"),
        pytest.param("skep.max", "0", "a whole number from 1", id="a maximum of nothing"),
        pytest.param("skep.max", "many", "a whole number from 1", id="a maximum in words"),
        pytest.param("skep.cpu", "70", "a percentage of the limit or an absolute amount", id="processor, no unit"),
        pytest.param("skep.cpu", "500m", "a percentage of the limit or an absolute amount", id="millicores"),
        pytest.param("skep.cpu", "0%", "more than zero", id="a target of nothing"),
        pytest.param("skep.cpu", "101%", "no more than the limit of 0.50 cores", id="more than all of the limit"),
        pytest.param("skep.cpu", "2 cores", "no more than the limit of 0.50 cores", id="more cores than the limit"),
        pytest.param("skep.memory", "1GiB", "no more than the limit of 512MiB", id="more memory than the limit"),
        pytest.param("skep.memory", "300", "a percentage of the limit or an absolute amount", id="memory, no unit"),
        pytest.param("skep.requests", "50", "a number per second, minute or hour", id="requests without a unit"),
        pytest.param("skep.requests", "0/s", "more than zero", id="no requests"),
        pytest.param("skep.inflight", "8/s", "a number of concurrent requests", id="requests in flight as a rate"),
        pytest.param("skep.tolerance", "10", "a percentage", id="a tolerance without a unit"),
        pytest.param("skep.scale-up", "fast", "only the parts window=, rate= and select=", id="growth in words"),
        pytest.param("skep.scale-down", "window=2h", "window= to be a duration", id="a window beyond an hour"),
        pytest.param("skep.cooldown", "3", "a duration with its unit", id="a cooldown without a unit"),
        pytest.param("skep.window", "0s", "a duration with its unit", id="a window of nothing"),
        pytest.param("skep.max-age", "1d", "a duration with its unit", id="an age of a day"),
        pytest.param("skep.dry-run", "perhaps", "true or false", id="a dry run that is neither"),
        pytest.param("skep.on-missing", "zero", "one of hold, last, static, current-if-higher", id="no way with gaps"),
        pytest.param("skep.requests", "50/s 2/s", "a number per second", id="two targets"),
        pytest.param("skep.inflight", "8 activation=2/s", "activation= to be a number", id="an activation as a rate"),
        pytest.param("skep.queue", "jobs target=30", "rabbitmq:<queue> or redis:<list> first", id="whose queue?"),
        pytest.param("skep.latency", "250ms", "mean < and a duration", id="a latency of what?"),
        pytest.param("skep.flaps", "0", "a whole number from 1 to 1000", id="no changes of direction"),
        pytest.param("skep.on-deploy", "ignore", "restore (back to the last goal) or accept", id="another way"),
        pytest.param("skep.on-rollout", "shrink", "hold (touch nothing) or grow", id="shrinking in a rollout"),
        pytest.param("skep.surge", "some", "true or false", id="a surge that is neither"),
        pytest.param("skep.protect", "until=2026-12-24T18:00", "its offset from UTC", id="a time in no zone"),
        pytest.param("skep.tune", "on", "off, shadow or auto", id="tuning in any way"),
        pytest.param("skep.price", "0", "more than zero", id="a price of nothing"),
        pytest.param("skep.dialect", "kapacitor", "one of swarm-hpa, ", id="labels of a peer"),
        pytest.param("skep.schedule.office", "08:00-18:00 min=5", "a time zone", id="hours of which zone?"),
        pytest.param("skep.schedule.a.b", "08:00-18:00 UTC min=5", "a schedule's name", id="a schedule's bad name"),
        pytest.param("skep.schedule.rush", "08:00-18:00 UTC min=21", "a min= of at most 20", id="more than max"),
        pytest.param("skep.shedule.rush", "08:00-18:00 UTC min=9", "perhaps skep.schedule.rush", id="shedule"),
        pytest.param("skep.metrics.jobs.query", "x", "perhaps skep.metric.jobs.query", id="metrics, as in a file"),
        pytest.param("skep.replicas", "3", "a label that skep knows", id="a label that does not exist"),
        pytest.param("skep.cpuu", "70%", "perhaps skep.cpu", id="a label that is misspelt"),
        pytest.param("skep.scale_down", "off", "perhaps skep.scale-down", id="a label with an underscore"),
        pytest.param("skep.Tolerance", "5%", "perhaps skep.tolerance", id="a label with a capital"),
        pytest.param("skep.metric.jobs", "30", "a label that skep knows", id="a metric without a field"),
        pytest.param("skep.metric.jobs.", "30", "a label that skep knows", id="a metric with an empty field"),
        pytest.param("skep.metric.jobs.qurey", "x", "perhaps skep.metric.jobs.query", id="a misspelt field"),
        pytest.param("skep.", "x", "a label that skep knows", id="a label without a name"),
    ],
)
def test_a_wrong_label_is_a_problem(label: str, text: str, because: str) -> None:
    problem = only_problem({**BY_REQUESTS, label: text})
    assert because in problem.expected
    assert problem.label in problem.sentence
    assert f'"{problem.given}"' in problem.sentence
    assert f"for example {problem.example}" in problem.sentence


def test_a_misspelt_label_does_not_reach_a_terminal_as_it_is() -> None:
    problem = only_problem({**BY_REQUESTS, "skep.shedule.rush\x1b[2J" + "x" * 100: "08:00-18:00 UTC min=9"})
    assert "perhaps skep.schedule.rush\\x1b[2Jxxx" in problem.sentence
    assert problem.sentence.isprintable()
    assert len(problem.sentence) < 300


@pytest.mark.parametrize(
    ("field", "text", "because"),
    [
        pytest.param("query", "DROP DATABASE telegraf", "begins with SELECT", id="a query that destroys"),
        pytest.param("target", "3000/m", "a number, a percentage, or an amount per second", id="a target per minute"),
        pytest.param("target", "5m", "a number, a percentage, or an amount per second", id="minutes, or MiB?"),
        pytest.param("target", "-3", "a number, a percentage, or an amount per second", id="a negative target"),
        pytest.param("target", "0", "more than zero", id="a target of nothing"),
        pytest.param("target", "70%", "no percentage, since the kind is total", id="a total in percent"),
        pytest.param("kind", "sum", "average", id="a kind that does not exist"),
        pytest.param("kind", "utilization", "a percentage, since the kind is utilization", id="no percentage"),
        pytest.param("window", "2h", "a duration with its unit", id="a window beyond an hour"),
        pytest.param("source", "prometheus", "a query in PromQL", id="no PromQL"),
        pytest.param("source", "graphite", "influxdb or prometheus", id="another store"),
        pytest.param("on-missing", "static", "a count as static=5", id="which count, while it is missing?"),
        pytest.param("activation", "2/s", "the unit of the target", id="an activation in another unit"),
    ],
)
def test_a_wrong_field_of_a_metric_of_ones_own_is_a_problem(field: str, text: str, because: str) -> None:
    assert because in only_problem({**OWN, f"skep.metric.jobs.{field}": text}).sentence


@pytest.mark.parametrize("field", ["query", "target", "kind"])
def test_a_metric_of_ones_own_that_lacks_a_field_is_a_problem(field: str) -> None:
    label = f"skep.metric.jobs.{field}"
    problem = only_problem({other: text for other, text in OWN.items() if other != label})
    assert (problem.label, problem.given) == (label, None)
    assert f"{label} is missing, expected" in problem.sentence


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("cpu", id="a name that is built in"),
        pytest.param("queue", id="the name of the queue"),
        pytest.param("a b", id="a name with a space"),
        pytest.param("a.b", id="a name with a dot"),
        pytest.param("x" * 41, id="a long name"),
        pytest.param("-jobs", id="a name that begins with a hyphen"),
    ],
)
def test_a_metric_of_ones_own_with_a_bad_name_is_a_problem(name: str) -> None:
    labels = {label.replace("jobs", name): text for label, text in OWN.items()}
    assert {problem.label for problem in problems_of(labels)} == labels.keys() - ENABLED.keys()


def test_a_missing_maximum_is_a_problem() -> None:
    problem = only_problem({"skep.enable": "true", "skep.requests": "50/s"})
    assert problem.sentence == "web: skep.max is missing, expected the most replicas it may have, for example 20"


def test_no_metric_at_all_is_a_problem() -> None:
    problem = only_problem(ENABLED)
    assert "expected at least one of skep.requests, skep.inflight, skep.cpu" in problem.sentence


@pytest.mark.parametrize(
    ("label", "text"),
    [
        pytest.param("skep.min", "0", id="at any time"),
        pytest.param("skep.schedule.night", "22:00-06:00 UTC min=0", id="at certain times"),
    ],
)
def test_a_service_that_could_never_leave_zero_replicas_is_a_problem(label: str, text: str) -> None:
    problem = only_problem({**ENABLED, label: text, "skep.cpu": "70%"})
    assert (problem.label, problem.given) == (label, text)


def test_a_service_with_a_total_metric_may_sleep_at_certain_times() -> None:
    policy = policy_of({**BY_REQUESTS, "skep.schedule.night": "22:00-06:00 UTC min=0"})
    assert policy.can_sleep


def test_a_schedule_may_ask_for_more_than_max_where_a_schedule_allows_it() -> None:
    policy = policy_of({**BY_REQUESTS, "skep.schedule.sale": "Fri 08:00-18:00 UTC min=30 max=50"})
    assert policy.schedules[0].min_replicas == 30


@pytest.mark.parametrize("kind", ["average", "utilization"])
def test_an_activation_of_what_is_no_total_is_a_problem(kind: str) -> None:
    target = "70%" if kind == "utilization" else "30"
    labels = {**OWN, "skep.metric.jobs.kind": kind, "skep.metric.jobs.target": target}
    problem = only_problem({**labels, "skep.metric.jobs.activation": "1"})
    assert f"no activation, since the kind is {kind}" in problem.expected


def test_a_latency_alone_is_a_problem_because_it_never_asks_for_fewer() -> None:
    problem = only_problem({**ENABLED, "skep.latency": "mean < 250ms"})
    assert (problem.label, "another metric beside it" in problem.expected) == ("skep.latency", True)


@pytest.mark.parametrize(("label", "declaration"), [("skep.cpu", "limits.cpus"), ("skep.memory", "limits.memory")])
def test_a_percentage_of_nothing_is_a_problem(label: str, declaration: str) -> None:
    unlimited = replace(labelled({**ENABLED, label: "70%"}), limits=Resources())
    assert declaration in only_problem(unlimited).sentence


@pytest.mark.parametrize("mode", [mode for mode in ServiceMode if mode is not ServiceMode.REPLICATED])
def test_a_service_without_a_count_to_change_is_a_problem(mode: ServiceMode) -> None:
    problem = only_problem(replace(labelled(BY_REQUESTS), mode=mode))
    assert (problem.label, f"a {mode} one" in problem.expected) == ("skep.enable", True)


def test_all_problems_of_a_service_are_found_at_once() -> None:
    problems = problems_of(
        {
            "skep.enable": "true",
            "skep.min": "x",
            "skep.cpu": "70",
            "skep.memory": "70",
            "skep.tolerance": "10",
            "skep.latency": "250ms",
            "skep.mxa": "20",
        }
    )
    assert sorted(problem.label for problem in problems) == [
        "skep.cpu",
        "skep.latency",
        "skep.max",
        "skep.memory",
        "skep.min",
        "skep.mxa",
        "skep.tolerance",
    ]


def test_a_problem_reads_as_a_sentence() -> None:
    assert only_problem({**ENABLED, "skep.cpu": "70"}).sentence == (
        'web: skep.cpu is "70", expected a percentage of the limit or an absolute amount, for example 70% or 0.5 cores'
    )


def test_a_sentence_stays_short_whatever_the_labels() -> None:
    problem = only_problem({**BY_REQUESTS, f"skep.{'x' * 10_000}": "y" * 10_000})
    assert len(problem.sentence) < 300


# --- any text whatsoever -------------------------------------------------------------------------------------------

LABELS = st.sampled_from([label.name.replace("<name>", "jobs") for label in CATALOGUE])
TEXTS = (
    st.text()
    | st.from_regex(r"[0-9]{1,4}(\.[0-9])?( ?(%|s|m|h|/s|cores|MiB))?", fullmatch=True)
    | st.from_regex(r"((up|down|window|rate|select)=[0-9a-z%/,]{1,8} ?){1,3}", fullmatch=True)
    | st.sampled_from([example for label in CATALOGUE for example in label.examples])
)


def outcome_is_sound(subject: Service) -> bool:
    """Whether reading gives a policy, or nothing, or problems that can all be shown."""
    outcome = read_labels(subject)
    if not isinstance(outcome, Problems):
        return outcome is None or bool(outcome.metrics)
    sentences = [problem.sentence for problem in outcome.problems]
    return bool(sentences) and all(
        sentence.isprintable() and ", expected " in sentence and ", for example " in sentence for sentence in sentences
    )


@given(label=LABELS, text=TEXTS)
def test_any_text_as_the_value_of_one_label_gives_a_policy_or_problems(label: str, text: str) -> None:
    assert outcome_is_sound(labelled({**BY_REQUESTS, label: text}))


@given(labels=st.dictionaries(LABELS | st.text().map("skep.".__add__), TEXTS), mode=st.sampled_from(ServiceMode))
def test_any_labels_whatsoever_give_a_policy_or_problems(labels: dict[str, str], mode: ServiceMode) -> None:
    subject = replace(labelled({"skep.enable": "true", **labels}), mode=mode)
    assert outcome_is_sound(subject)


@given(name=st.text(), field=st.sampled_from(["query", "target", "kind", "other"]), text=TEXTS)
def test_any_name_of_a_metric_gives_a_policy_or_problems(name: str, field: str, text: str) -> None:
    assert outcome_is_sound(labelled({**BY_REQUESTS, f"skep.metric.{name}.{field}": text}))


def test_labels_that_did_not_change_are_not_read_again() -> None:
    assert read_labels(labelled(BY_REQUESTS)) is read_labels(labelled(dict(BY_REQUESTS)))
