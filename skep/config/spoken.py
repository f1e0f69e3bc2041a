"""The labels by which a service speaks to skep: its own, or those of another autoscaler in its dialect."""

from dataclasses import dataclass

from skep.config.clauses import PolicyFile
from skep.config.dialects import find_dialect, native_labels
from skep.config.problem import Problem
from skep.core.cluster import Service

__all__ = ["DIALECT", "Labels", "Spoken", "spoken_labels"]

Labels = tuple[tuple[str, str], ...]

#: Says what a service speaks; it has done so before anything else is read.
DIALECT = "skep.dialect"
_PREFIX = "skep."


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a service says.

    Attributes:
        labels: of skep, as given or translated.
        problems: what cannot be translated because it is wrong.
        dialect: the autoscaler that the translated labels are of; ``None`` where none were.
    """

    labels: Labels
    problems: tuple[Problem, ...] = ()
    dialect: str | None = None


def spoken_labels(service: Service, *, file: PolicyFile | None = None, dialect: str | None = None) -> Spoken:
    """What a service says, in skep's own words.

    Args:
        service: as the Swarm has it.
        file: which may say what it speaks, where its label ``skep.dialect`` does not.
        dialect: what all others speak; those without a label of it speak skep's.
    """
    given = _dialect_of(service.labels) or _dialect_in(file, service.name) or dialect
    own = tuple([pair for pair in service.labels if pair[0].startswith(_PREFIX)])
    if given is None:
        return Spoken(labels=own)
    translation = native_labels(service, given, container_labels=service.container_labels)
    is_translated = translation.native != tuple(pair for pair in own if pair[0] != DIALECT)
    return Spoken(labels=translation.native, problems=translation.problems, dialect=given if is_translated else None)


def _dialect_of(labels: Labels) -> str | None:
    """What ``skep.dialect`` says; the label is rare, and looked for in each service at each tick."""
    for name, value in labels:
        if name == DIALECT:
            return value
    return None


def _dialect_in(file: PolicyFile | None, service: str) -> str | None:
    """What the file says, if that is a dialect; if not, whoever reads the entries of the file notes it."""
    if file is None:
        return None
    given = next((text for label, text, _ in file.entries_for(service) if label == DIALECT), None)
    return given if given is not None and find_dialect(given) is not None else None
