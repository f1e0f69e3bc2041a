"""What is found in a Swarm that runs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from skep.config.labels import LabelDefaults
from skep.config.lint import NO_VALUE_FOR, StoreTrouble, lint_swarm
from skep.core.cluster import Service
from skep.core.decision import Decision, Verdict
from skep.core.metrics.series import Gap, GapReason
from skep.core.strategies.proposal import Proposal
from tests.builders import NOW, ago, proposal, service
from tests.config.policies import failure_of, file_of

ENABLED = {"skep.enable": "true", "skep.max": "20", "skep.requests": "50/s"}
WEB = service(labels=ENABLED)
NO_DATA = Gap(reason=GapReason.NO_DATA, detail="the store holds no points")


def decided(*proposals: Proposal, age_s: float = 10.0) -> Decision:
    return Decision(
        evaluation=1,
        at=ago(age_s),
        service_id=WEB.id,
        service_name=WEB.name,
        verdict=Verdict.KEEP,
        reason="as it should be",
        replicas=3,
        running=3,
        goal=3,
        proposals=proposals,
    )


def texts(
    *services: Service,
    decision: Decision | None = None,
    troubles: Sequence[StoreTrouble] = (),
    defaults: LabelDefaults | None = None,
) -> list[str]:
    findings = lint_swarm(
        services,
        decisions={} if decision is None else {decision.service_id: decision},
        troubles=troubles,
        defaults=defaults or LabelDefaults(),
        now=NOW,
        interval=timedelta(seconds=15),
    )
    return [finding.text for finding in findings]


def test_a_swarm_in_which_all_is_well_has_no_findings() -> None:
    assert texts(WEB, service(name="db", labels={}), decision=decided(proposal(3))) == []


def test_wrong_labels_are_told_by_service_in_the_order_of_names() -> None:
    wrong = {**ENABLED, "skep.max": "many"}
    found = texts(service(name="web", labels=wrong), service(name="api", labels=wrong))
    assert [text.partition(": ")[0] for text in found] == ["api", "web"]
    assert found[0].startswith('api: error: skep.max is "many", expected a whole number')


def test_labels_of_containers_are_told() -> None:
    (text,) = texts(replace(service(labels={}), container_labels=(("skep.enable", "true"),)))
    assert text.startswith("web: error: skep.enable stands under labels of the container")


def test_a_service_that_lacks_only_the_label_that_enables_it_is_told() -> None:
    (text,) = texts(service(labels={"skep.max": "20"}))
    assert 'no skep.enable: "true"' in text


def test_a_metric_that_has_long_been_without_a_value_is_an_error() -> None:
    missing = replace(proposal(gap=NO_DATA), gap_since=NOW - NO_VALUE_FOR)
    assert texts(WEB, decision=decided(missing)) == [
        "web: error: requests has had no value for 5m: no data: the store holds no points"
    ]


def test_a_metric_that_has_just_lost_its_value_is_no_finding() -> None:
    missing = replace(proposal(gap=NO_DATA), gap_since=ago(200))
    assert texts(WEB, decision=decided(missing)) == []


def test_a_store_out_of_reach_is_told_once_and_not_for_each_metric() -> None:
    gap = Gap(reason=GapReason.UNREACHABLE, detail="connection refused")
    missing = replace(proposal(gap=gap), gap_since=ago(3600))
    trouble = StoreTrouble(store="the metrics", detail=gap.sentence)
    assert texts(WEB, decision=decided(missing), troubles=[trouble]) == [
        "error: the metrics cannot be read: store unreachable: connection refused"
    ]


def test_a_service_that_was_not_decided_for_long_is_told_and_not_what_was_known_then() -> None:
    missing = replace(proposal(gap=NO_DATA), gap_since=ago(9999))
    assert texts(WEB, decision=decided(missing, age_s=120)) == [
        "web: error: was last decided 2m ago: do beat and a worker on queue observe run?"
    ]


def test_the_policy_file_is_told_first_and_its_mistakes_once() -> None:
    file = file_of("services: {web: {cpu: lots}, blog_*: {max: 3}}")
    assert texts(WEB, defaults=LabelDefaults(file=file)) == [
        (
            'policy.yml:1: error: services.web.cpu is "lots", expected a percentage of the limit or an absolute '
            "amount, for example 70% or 0.5 cores"
        ),
        'policy.yml:1: warning: "blog_*" is the name of no service of the Swarm',
    ]


def test_a_policy_file_that_cannot_be_read_is_told_with_its_reason() -> None:
    file = file_of("services: {web: {max: 3}}").failed((failure_of("a: b: c"),))
    (text,) = texts(WEB, defaults=LabelDefaults(file=file))
    assert text.startswith("policy.yml:1: error: the line is")
