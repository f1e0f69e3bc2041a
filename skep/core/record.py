"""What is kept for ever: changes, refusals, orders of people, new reasons to hold, and regular states."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from skep.core.action import OUTSIDE, Refusal, ScaleOrder
from skep.core.cluster import Node, Service
from skep.core.decision import Decision, Verdict
from skep.core.orders import ALL_SERVICES, EVERYTHING, PersonOrder
from skep.core.outside import OutsideChange

__all__ = [
    "Entry",
    "EntryKind",
    "changed",
    "decision_from_json",
    "decision_to_json",
    "entry_from_json",
    "entry_to_json",
    "node_name",
    "noteworthy",
    "of_node",
    "of_pool",
    "ordered",
    "outside",
    "pool_name",
    "refused",
    "state",
]


class EntryKind(StrEnum):
    """What an entry of the journal tells."""

    CHANGED = "changed"
    REFUSED = "refused"
    HELD = "held"
    ORDERED = "ordered"
    OUTSIDE = "outside"
    NODE = "node"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the journal.

    Attributes:
        replicas_before: the count in the spec before; equal to ``replicas_after`` where nothing was changed.
        sentence: the whole story in one line.
        decision: the full chain behind it, where one was made.
        order: what a person ordered that goes on standing, so that it can be rebuilt from here.
        node_id: of the node that it is about; it then stands under :func:`node_name` in place of a service.
        node_name: its host name.
    """

    kind: EntryKind
    at: datetime
    service_id: str
    service_name: str
    actor: str
    replicas_before: int
    replicas_after: int
    sentence: str
    evaluation: int | None = None
    task_id: str | None = None
    decision: Decision | None = None
    order: PersonOrder | None = None
    node_id: str | None = None
    node_name: str | None = None


def changed(
    *,
    at: datetime,
    order: ScaleOrder,
    service_id: str,
    service_name: str,
    replicas_before: int,
    task_id: str | None,
    decision: Decision | None,
) -> Entry:
    """The entry of a change that was carried out."""
    return Entry(
        kind=EntryKind.CHANGED,
        at=at,
        service_id=service_id,
        service_name=service_name,
        actor=order.actor,
        replicas_before=replicas_before,
        replicas_after=order.replicas,
        sentence=f"{service_name} {replicas_before} → {order.replicas}: {order.reason}",
        evaluation=order.evaluation,
        task_id=task_id,
        decision=decision,
    )


def refused(
    *,
    at: datetime,
    actor: str,
    refusal: Refusal,
    service: Service | None,
    task_id: str | None,
    evaluation: int | None = None,
) -> Entry:
    """The entry of an order that was not carried out.

    Args:
        at: when it was refused.
        actor: who gave it.
        refusal: why.
        service: whom it concerned; ``None`` where that is everyone.
        task_id: under which it came.
        evaluation: which decided it, if one did.
    """
    replicas = 0 if service is None else service.replicas or 0
    return Entry(
        kind=EntryKind.REFUSED,
        at=at,
        service_id=ALL_SERVICES if service is None else service.id,
        service_name=EVERYTHING if service is None else service.name,
        actor=actor,
        replicas_before=replicas,
        replicas_after=replicas,
        sentence=refusal.sentence,
        evaluation=evaluation,
        task_id=task_id,
    )


def ordered(order: PersonOrder, *, service_name: str, replicas: int, task_id: str | None = None) -> Entry:
    """The entry of an order that goes on standing.

    Args:
        order: what was ordered.
        service_name: whom it concerns; :data:`ALL_SERVICES` where that is everyone.
        replicas: the present count; 0 where it concerns everyone.
        task_id: under which it was carried out.
    """
    name = EVERYTHING if order.service_id == ALL_SERVICES else service_name
    return Entry(
        kind=EntryKind.ORDERED,
        at=order.at,
        service_id=order.service_id,
        service_name=service_name,
        actor=order.actor,
        replicas_before=replicas,
        replicas_after=replicas,
        sentence=f"{name} {order.sentence}",
        task_id=task_id,
        order=order,
    )


def outside(
    change: OutsideChange, *, at: datetime, service_id: str, service_name: str, order: PersonOrder | None = None
) -> Entry:
    """The entry of something that others did.

    Args:
        change: what was recognised.
        at: when it was noticed.
        service_id: whom it befell.
        service_name: its name.
        order: the hold that follows from it, if a person did it.
    """
    return Entry(
        kind=EntryKind.OUTSIDE,
        at=at,
        service_id=service_id,
        service_name=service_name,
        actor=OUTSIDE,
        replicas_before=change.replicas_before,
        replicas_after=change.replicas_after,
        sentence=f"{service_name} {change.sentence}",
        order=order,
    )


def node_name(hostname: str) -> str:
    """Under which the journal files a node: ``node:worker-3``. No service can be called so."""
    return f"node:{hostname}"


def of_node(node: Node, *, at: datetime, actor: str, sentence: str, task_id: str | None = None) -> Entry:
    """The entry of something that was done to a node, or refused.

    Args:
        node: which one.
        at: when.
        actor: who wanted it.
        sentence: what was done, beginning with the host name.
        task_id: under which it was done.
    """
    return Entry(
        kind=EntryKind.NODE,
        at=at,
        service_id="",
        service_name=node_name(node.hostname),
        actor=actor,
        replicas_before=0,
        replicas_after=0,
        sentence=sentence,
        task_id=task_id,
        node_id=node.id,
        node_name=node.hostname,
    )


def pool_name(pool: str) -> str:
    """Under which the journal files a pool: ``pool:workers``; ``pool:`` alone for all nodes."""
    return f"pool:{pool}"


def of_pool(
    pool: str, *, at: datetime, actor: str, sentence: str, evaluation: int | None = None, task_id: str | None = None
) -> Entry:
    """The entry of something that was done to a pool, or refused.

    Args:
        pool: its name; empty where it concerns all nodes.
        at: when.
        actor: who wanted it.
        sentence: the whole story.
        evaluation: which decided it, if one did.
        task_id: under which it was done.
    """
    return Entry(
        kind=EntryKind.NODE,
        at=at,
        service_id="",
        service_name=pool_name(pool),
        actor=actor,
        replicas_before=0,
        replicas_after=0,
        sentence=sentence,
        evaluation=evaluation,
        task_id=task_id,
    )


def state(decision: Decision) -> Entry:
    """The regular entry of how a service stands."""
    return _of_decision(EntryKind.STATE, decision)


def noteworthy(decisions: Iterable[Decision], before: Mapping[str, Decision]) -> tuple[Entry, ...]:
    """The beginnings of new reasons not to change anything.

    Args:
        decisions: of this evaluation.
        before: the last decision per service id.

    Returns:
        An entry for each decision that keeps its service from what the metrics want, or finds its labels wrong,
        where the one before did not do so for the same reason.
    """
    return tuple(
        _of_decision(EntryKind.HELD, decision)
        for decision in decisions
        if _holds_back(decision) and _cause(decision) != _cause(before.get(decision.service_id))
    )


def _holds_back(decision: Decision) -> bool:
    if decision.changes_replicas:
        return False
    has_gap = any(proposal.gap is not None for proposal in decision.proposals)
    return has_gap or bool(_restraints(decision)) or decision.verdict is Verdict.INVALID


def _restraints(decision: Decision) -> list[str]:
    """Who kept the service from what the metrics want. To rest at its minimum is no restraint."""
    return [
        step.by for step in decision.steps if not (step.by == "bounds" and step.replicas_before < step.replicas_after)
    ]


def _cause(decision: Decision | None) -> tuple[str, ...]:
    """Who held back, and which metrics were blind; free of numbers that move with every tick."""
    if decision is None or not _holds_back(decision):
        return ()
    blind = (f"{p.metric}: {p.gap.reason}" for p in decision.proposals if p.gap is not None)
    invalid = (decision.reason,) if decision.verdict is Verdict.INVALID else ()
    return (*_restraints(decision), *blind, *invalid)


def _of_decision(kind: EntryKind, decision: Decision) -> Entry:
    return Entry(
        kind=kind,
        at=decision.at,
        service_id=decision.service_id,
        service_name=decision.service_name,
        actor="skep",
        replicas_before=decision.replicas,
        replicas_after=decision.replicas,
        sentence=f"{decision.service_name} stays {decision.replicas}: {decision.reason}",
        evaluation=decision.evaluation,
        decision=decision,
    )


_ENCODER = msgspec.json.Encoder()
_ENTRY_DECODER = msgspec.json.Decoder(Entry)
_DECISION_DECODER = msgspec.json.Decoder(Decision)


def entry_to_json(entry: Entry) -> bytes:
    """The entry as JSON, with its whole decision."""
    return _ENCODER.encode(entry)


def entry_from_json(text: bytes | str) -> Entry:
    """Read an entry back.

    Raises:
        msgspec.DecodeError: if the text is not the JSON of an entry.
    """
    return _ENTRY_DECODER.decode(text)


def decision_to_json(decision: Decision) -> bytes:
    """The decision as JSON."""
    return _ENCODER.encode(decision)


def decision_from_json(text: bytes | str) -> Decision:
    """Read a decision back.

    Raises:
        msgspec.DecodeError: if the text is not the JSON of a decision.
    """
    return _DECISION_DECODER.decode(text)
