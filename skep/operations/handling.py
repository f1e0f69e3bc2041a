"""How carefully a service or a node is to be handled, by its labels, whether skep scales it or not."""

from collections.abc import Mapping
from dataclasses import replace

from skep.config.labels import LabelDefaults, read_labels
from skep.config.protection import read_protection
from skep.config.units import UnitError, read_flag
from skep.core.capacity.terms import Protection, ServiceTerms, terms_of
from skep.core.cluster import Service, ServiceMode
from skep.core.policy import ServicePolicy

__all__ = ["handling_of", "protection_of"]

_SURGE, _PROTECT, _SHARED_DATA = "skep.surge", "skep.protect", "skep.shared-data"


def handling_of(service: Service, defaults: LabelDefaults) -> ServiceTerms:
    """What may be done to the swarm tasks of a service.

    Only replicated ones can be surged. One that skep scales may be, unless its labels say otherwise; any other one,
    also one whose labels are wrong, only if they say so. What else its labels say counts in either case.
    """
    terms = _said_of(service, defaults)
    return terms if service.mode is ServiceMode.REPLICATED else replace(terms, may_surge=False)


def _said_of(service: Service, defaults: LabelDefaults) -> ServiceTerms:
    policy = read_labels(service, defaults=defaults)
    if isinstance(policy, ServicePolicy):
        return terms_of(policy)
    labels = dict(service.labels)
    return ServiceTerms(
        may_surge=_says(labels, _SURGE), protection=protection_of(labels), shares_data=_says(labels, _SHARED_DATA)
    )


def protection_of(labels: Mapping[str, str]) -> Protection | None:
    """What the label ``skep.protect`` of a service or a node says; one that nobody can read protects for good."""
    text = labels.get(_PROTECT)
    if text is None:
        return None
    try:
        said = read_protection(text)
    except UnitError:
        # Somebody wanted it protected.
        return Protection(reason=f'its label {_PROTECT} is "{text}", which nobody can read')
    return None if said is None else Protection(until=said.until, reason=f"its label {_PROTECT}")


def _says(labels: Mapping[str, str], name: str) -> bool:
    text = labels.get(name)
    try:
        return text is not None and read_flag(text)
    except UnitError:
        return False
