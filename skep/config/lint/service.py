"""One service: what is wrong with its policy, and what has no effect or another one than was perhaps meant."""

from collections.abc import Iterable, Iterator

from skep.config.catalogue import PREFIX, Chapter, label_called
from skep.config.dialects import recognise
from skep.config.finding import Finding, Severity, of_problem
from skep.config.labels import LabelDefaults, read_labels
from skep.config.problem import Problems
from skep.config.units import UnitError, complaint, shortened
from skep.core.cluster import Service
from skep.core.policy import OutagePolicy, ServicePolicy

__all__ = ["lint_service"]

_ENABLE = "skep.enable"


def lint_service(service: Service, defaults: LabelDefaults) -> Iterator[Finding]:
    """The findings of one service.

    Args:
        service: as the Swarm or a Compose file has it, with the labels of its containers.
        defaults: what its labels mean where they are silent.
    """
    yield from _misplaced(service)
    policy = read_labels(service, defaults=defaults)
    if isinstance(policy, Problems):
        yield from (of_problem(problem) for problem in policy.problems)
    elif isinstance(policy, ServicePolicy):
        yield from _questionable(service, policy)
    else:
        yield from _not_enabled(service, defaults)


def _misplaced(service: Service) -> Iterator[Finding]:
    own = dict(service.labels)
    for label, text in service.container_labels:
        if label.startswith(PREFIX):
            is_harmless = own.get(label) == text
            yield Finding(
                severity=Severity.WARNING if is_harmless else Severity.ERROR,
                sentence=f"{shortened(label)} stands under labels of the container, where it has no effect; "
                + ("it is under deploy.labels already" if is_harmless else "write it under deploy.labels"),
                service=service.name,
                label=label,
                is_on_container=True,
            )


def _questionable(service: Service, policy: ServicePolicy) -> Iterator[Finding]:
    """What may work otherwise than was meant."""
    for metric in policy.metrics:
        if metric.percentile is not None:
            yield _warning(
                service,
                "skep.latency",
                "skep.latency is meant for a percentile, which HAProxy does not tell: it has no value there, and then "
                "nothing shrinks; write mean < and a duration",
            )
        if metric.outage is not None:
            yield from _beyond_bounds(service, policy, metric.outage, f"skep.metric.{metric.name}.on-missing")
    yield from _beyond_bounds(service, policy, policy.outage, "skep.on-missing")


def _beyond_bounds(service: Service, policy: ServicePolicy, outage: OutagePolicy, label: str) -> Iterator[Finding]:
    most = max([policy.bounds.max_replicas, *(s.max_replicas or 0 for s in policy.schedules)])
    if outage.replicas is not None and outage.replicas > most:
        yield _warning(service, label, f"{label} asks for {outage.replicas} replicas, and at most {most} are allowed")


def _not_enabled(service: Service, defaults: LabelDefaults) -> Iterator[Finding]:
    labels = dict(service.labels)
    of_skep = [label for label in labels if label.startswith(PREFIX)]
    of_scaling = [label for label in of_skep if not _counts_anyway(label)]
    yield from _unreadable(service, [label for label in of_skep if _counts_anyway(label)])
    if of_scaling and _ENABLE not in labels and not _is_switched_off(service, defaults):
        yield _warning(service, of_scaling[0], f'has labels of skep and no {_ENABLE}: "true", so it is not scaled')
    if not of_skep:
        for dialect in recognise(labels, dict(service.container_labels))[:1]:
            yield _warning(
                service,
                None,
                f"has labels of {dialect.peer}, which skep does not read by themselves; skep migrate translates them",
            )


def _counts_anyway(label: str) -> bool:
    """Whether it says how nodes are to be emptied, which counts for every service."""
    known = label_called(label)
    return known is not None and known.chapter is Chapter.NODES


def _unreadable(service: Service, names: Iterable[str]) -> Iterator[Finding]:
    for name in names:
        known, text = label_called(name), dict(service.labels)[name]
        try:
            if known is not None:
                known.read(text)
        except UnitError as error:
            yield _warning(service, name, complaint(name, text, error.expected, f"{name}={error.example}"))


def _is_switched_off(service: Service, defaults: LabelDefaults) -> bool:
    """Whether the policy file says that it is not to be scaled."""
    return defaults.file is not None and any(
        label == _ENABLE for label, _, _ in defaults.file.entries_for(service.name)
    )


def _warning(service: Service, label: str | None, sentence: str) -> Finding:
    return Finding(severity=Severity.WARNING, sentence=sentence, service=service.name, label=label)
