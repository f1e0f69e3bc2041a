"""A Swarm that runs: what is wrong with its services, and which of their metrics have no value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from skep.config.finding import Finding, Severity, each_once, of_problem
from skep.config.labels import LabelDefaults
from skep.config.lint.clauses import about_nobody
from skep.config.lint.service import lint_service
from skep.config.units import duration_text
from skep.core.cluster import Service
from skep.core.decision import Decision
from skep.core.metrics.series import GapReason

__all__ = ["NO_VALUE_FOR", "StoreTrouble", "lint_swarm"]

#: A metric that has been without a value for so long is no hiccup.
NO_VALUE_FOR = timedelta(minutes=5)
#: So many evaluations in a row do not fail without a reason.
_MISSED_EVALUATIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTrouble:
    """A store that does not answer.

    Attributes:
        store: what it keeps: the metrics, the journal.
        detail: its words.
    """

    store: str
    detail: str


def lint_swarm(
    services: Sequence[Service],
    *,
    decisions: Mapping[str, Decision],
    troubles: Sequence[StoreTrouble],
    defaults: LabelDefaults,
    now: datetime,
    interval: timedelta,
) -> tuple[Finding, ...]:
    """The findings: of stores and the policy file first, then by service.

    Args:
        services: all of the Swarm.
        decisions: the latest, by service id.
        troubles: of stores.
        defaults: what labels mean where they are silent.
        now: the present instant.
        interval: the time from one evaluation to the next.
    """
    findings = [*_of_stores(troubles), *_of_file(services, defaults)]
    for service in sorted(services, key=lambda service: service.name):
        findings += lint_service(service, defaults)
        decision = decisions.get(service.id)
        if decision is not None:
            findings += _of_decision(decision, now, interval)
    return each_once(findings)


def _of_stores(troubles: Sequence[StoreTrouble]) -> Iterator[Finding]:
    for trouble in troubles:
        yield Finding(severity=Severity.ERROR, sentence=f"{trouble.store} cannot be read: {trouble.detail}")


def _of_file(services: Sequence[Service], defaults: LabelDefaults) -> Iterator[Finding]:
    file = defaults.file
    if file is None:
        return
    yield from (of_problem(problem) for problem in file.failure or file.problems)
    names = [service.name for service in services]
    yield from about_nobody(file, lambda clause: any(map(clause.covers, names)), among="of the Swarm")


def _of_decision(decision: Decision, now: datetime, interval: timedelta) -> Iterator[Finding]:
    """Metrics that have been missing for long; a store that cannot be reached is told once, and not for each."""
    if now - decision.at > _MISSED_EVALUATIONS * interval:
        yield Finding(
            severity=Severity.ERROR,
            sentence=f"was last decided {_span(now - decision.at)} ago: do beat and a worker on queue observe run?",
            service=decision.service_name,
        )
        return
    for proposal in decision.proposals:
        gap, since = proposal.gap, proposal.gap_since
        if gap is None or since is None or gap.reason is GapReason.UNREACHABLE or now - since < NO_VALUE_FOR:
            continue
        yield Finding(
            severity=Severity.ERROR,
            sentence=f"{proposal.metric} has had no value for {_span(now - since)}: {gap.sentence}",
            service=decision.service_name,
        )


def _span(span: timedelta) -> str:
    """Whole minutes, or whole seconds below one."""
    seconds = int(span.total_seconds())
    return duration_text(timedelta(seconds=seconds - seconds % 60 if seconds >= _MINUTE_S else seconds))


_MINUTE_S = 60
