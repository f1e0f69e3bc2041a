"""From services with the labels of another autoscaler to what their owner has to write instead."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from skep.config.dialects import Dialect, Note, Place, ServiceFacts, Translation, misplaced, recognise, translate
from skep.config.labels import Problems, read_labels
from skep.config.problem import Problem
from skep.core.cluster import Service

__all__ = ["LabelledService", "Migration", "translate_services"]

_PREFIX = "skep."


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledService:
    """A service with the labels of its containers, from a file or from a Swarm."""

    service: Service
    container_labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What becomes of one service.

    Attributes:
        dialect: the name of the dialect that was read; ``None`` where there are several and nobody chose.
        peer: the autoscaler whose labels were read; all of them where there are several.
        native: the ``skep.*`` labels to write; those that the service has already are not among them.
        notes: what is lost or means something else.
        problems: what is wrong or missing; without any, skep reads the labels as they are in ``native``.
    """

    service: str
    dialect: str | None
    peer: str
    native: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()


def translate_services(services: Iterable[LabelledService], *, dialect: Dialect | None = None) -> tuple[Migration, ...]:
    """Translate each service that has labels of a peer; the others are passed over.

    Args:
        services: in the order in which they are wanted.
        dialect: the one to read; by default whichever is recognised.
    """
    return tuple(migration for labelled in services for migration in _migrations(labelled, dialect))


def _migrations(labelled: LabelledService, wanted: Dialect | None) -> Iterator[Migration]:
    """One migration, or none where there is nothing to read."""
    service, on_service = labelled.service, dict(labelled.service.labels)
    on_containers = dict(labelled.container_labels)
    spoken = recognise(on_service, on_containers)
    lost = misplaced(on_service, on_containers)
    if wanted is None and len(spoken) > 1:
        yield _undecided(service, spoken)
        return
    chosen = next((one for one in (*spoken, *lost) if wanted in {None, one}), None)
    if chosen is None:
        return
    if chosen in lost:
        on_service, on_containers = on_containers, on_service
    facts = ServiceFacts(
        name=service.name, limits=service.limits, reservations=service.reservations, replicas=service.replicas
    )
    translation = translate(chosen, on_service, on_containers, facts)
    migration = _checked(service, chosen, translation)
    yield _moved(migration, chosen, on_service, on_containers) if chosen in lost else migration


def _undecided(service: Service, spoken: tuple[Dialect, ...]) -> Migration:
    names = " and ".join(dialect.name for dialect in spoken)
    problem = Problem(
        service=service.name,
        label="skep.dialect",
        given=None,
        expected=f"the labels of one autoscaler, and here are those of {names}",
        example=f"--from {spoken[0].name}",
    )
    peers = " and ".join(dialect.peer for dialect in spoken)
    return Migration(service=service.name, dialect=None, peer=peers, problems=(problem,))


def _checked(service: Service, dialect: Dialect, translation: Translation) -> Migration:
    """The migration, and what skep itself would say of the labels.

    Where the translation has problems of its own, what is missing because of them is not told once more.
    """
    own = {label: text for label, text in service.labels if label.startswith(_PREFIX)}
    native = tuple((label, text) for label, text in translation.native if label not in own)
    problems = translation.problems
    if not problems and native:
        policy = read_labels(replace(service, labels=(*native, *own.items())))
        problems = policy.problems if isinstance(policy, Problems) else ()
    return Migration(
        service=service.name,
        dialect=dialect.name,
        peer=dialect.peer,
        native=native,
        notes=translation.notes,
        problems=problems,
    )


def _moved(
    migration: Migration, dialect: Dialect, on_service: Mapping[str, str], on_containers: Mapping[str, str]
) -> Migration:
    """The same with a note that the peer never saw these labels."""
    sign = dialect.sign(on_service) or dialect.sign(on_containers) or dialect.name
    place = dialect.places[0]
    other = next(one for one in Place if one is not place)
    note = Note(
        label=sign,
        why=f"stands under {other.compose_key}, and {dialect.peer} looks only under {place.compose_key}",
        instead="the service was never scaled by it, and would be by these labels",
    )
    return replace(migration, notes=(note, *migration.notes))
