"""Translating for tests: one service ``web`` with two cores and 512 MiB, unless a test says otherwise."""

from collections.abc import Mapping

from skep.config.dialects import ServiceFacts, Translation, find_dialect
from skep.core.cluster import Resources

__all__ = ["NO_LIMITS", "ROOMY", "labels_of", "notes_of", "problems_of", "translated"]

ROOMY = ServiceFacts(name="web", limits=Resources(cpu_cores=2.0, memory_bytes=512 << 20), replicas=3)
NO_LIMITS = ServiceFacts(name="web", replicas=3)


def translated(name: str, labels: Mapping[str, str], facts: ServiceFacts = ROOMY) -> Translation:
    """What the labels mean in the dialect of that name."""
    dialect = find_dialect(name)
    assert dialect is not None, name
    return dialect.translate(labels, facts)


def labels_of(name: str, labels: Mapping[str, str], facts: ServiceFacts = ROOMY) -> dict[str, str]:
    """The native labels, where nothing is wrong."""
    translation = translated(name, labels, facts)
    assert translation.problems == ()
    return dict(translation.native)


def notes_of(name: str, labels: Mapping[str, str], facts: ServiceFacts = ROOMY) -> list[str]:
    """All notes as sentences."""
    return [note.sentence for note in translated(name, labels, facts).notes]


def problems_of(name: str, labels: Mapping[str, str], facts: ServiceFacts = ROOMY) -> list[str]:
    """All problems as sentences."""
    return [problem.sentence for problem in translated(name, labels, facts).problems]
