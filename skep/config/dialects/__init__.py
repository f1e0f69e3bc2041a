"""The labels of other autoscalers for Docker Swarm, read with the meaning they have there. One dialect per file."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from skep.config.dialects.amest import AMEST
from skep.config.dialects.andrii import ANDRII
from skep.config.dialects.autopilot import AUTOPILOT
from skep.config.dialects.bennetgallein import BENNETGALLEIN
from skep.config.dialects.caf import CAF
from skep.config.dialects.cristianemoyano import CRISTIANEMOYANO
from skep.config.dialects.dialect import Dialect, Place
from skep.config.dialects.docker_flow import DOCKER_FLOW
from skep.config.dialects.jcwimer import JCWIMER
from skep.config.dialects.openfaas import OPENFAAS
from skep.config.dialects.orbiter import ORBITER
from skep.config.dialects.sablier import SABLIER
from skep.config.dialects.scaler import SCALER
from skep.config.dialects.sokrates import SOKRATES
from skep.config.dialects.stefanod83 import STEFANOD83
from skep.config.dialects.swarm_cronjob import SWARM_CRONJOB
from skep.config.dialects.swarm_hpa import SWARM_HPA
from skep.config.dialects.translation import Note, ServiceFacts, Translation
from skep.config.dialects.visualizer import VISUALIZER
from skep.config.dialects.xylphid import XYLPHID
from skep.config.problem import Problem
from skep.config.units import UnitError, read_flag
from skep.core.cluster import Resources, Service

__all__ = [
    "DIALECTS",
    "Dialect",
    "Note",
    "Place",
    "ServiceFacts",
    "Translation",
    "find_dialect",
    "misplaced",
    "native_labels",
    "read_dialect",
    "recognise",
    "translate",
]

#: In the order of recognition. Each dialect has a sign that no other has (a whole label name, a value, or a prefix), so
#: that no order makes one pass for another. Where a service has several signs, they are named in this order, and the
#: first is proposed: autoscalers before what merely stands beside them, the surer sign before the vaguer.
DIALECTS = (
    # swarm.autoscale*, told apart by the last word; the bare words come last, because they say the least.
    SWARM_HPA,
    ANDRII,
    JCWIMER,
    AMEST,
    # autoscale*: a value, a word, the bare word.
    CAF,
    STEFANOD83,
    SOKRATES,
    # Names that nobody else has.
    CRISTIANEMOYANO,
    ORBITER,
    BENNETGALLEIN,
    SCALER,
    # On containers, where a label is more often left behind than meant.
    VISUALIZER,
    AUTOPILOT,
    XYLPHID,
    # Families of labels that are set for other reasons as well: alerts, functions.
    DOCKER_FLOW,
    OPENFAAS,
    # Neighbours rather than autoscalers: beside any of the others they are not what was meant.
    SABLIER,
    SWARM_CRONJOB,
)
_BY_NAME: Mapping[str, Dialect] = {dialect.name: dialect for dialect in DIALECTS}
_DIALECT = "skep.dialect"
_ENABLE = "skep.enable"
_PREFIX = "skep."
_REMEMBERED_SERVICES = 16_384

Labels = Mapping[str, str]


def find_dialect(name: str) -> Dialect | None:
    """The dialect of that name, as in ``skep.dialect``; ``None`` where there is none."""
    return _BY_NAME.get(name.strip().lower())


def read_dialect(text: str) -> str:
    """Read the name of a dialect, as it is called here.

    Raises:
        UnitError: there is none of that name.
    """
    dialect = find_dialect(text)
    if dialect is None:
        raise UnitError(text, f"one of {', '.join(_BY_NAME)}", SWARM_HPA.name)
    return dialect.name


def recognise(service_labels: Labels, container_labels: Labels) -> tuple[Dialect, ...]:
    """The dialects whose sign a service has where their peer looks for it; more than one is a mistake to tell."""
    places = {Place.SERVICE: service_labels, Place.CONTAINER: container_labels}
    return tuple(dialect for dialect in DIALECTS if any(dialect.recognises(places[place]) for place in dialect.places))


def misplaced(service_labels: Labels, container_labels: Labels) -> tuple[Dialect, ...]:
    """The dialects whose sign stands where their peer never looks: under ``labels`` in place of ``deploy.labels``."""
    places = {Place.SERVICE: service_labels, Place.CONTAINER: container_labels}
    seen = recognise(service_labels, container_labels)
    return tuple(
        dialect
        for dialect in DIALECTS
        if dialect not in seen and any(dialect.recognises(labels) for labels in places.values())
    )


def translate(dialect: Dialect, service_labels: Labels, container_labels: Labels, facts: ServiceFacts) -> Translation:
    """What the labels of a service mean in one dialect, read from the place where its sign is."""
    places = {Place.SERVICE: service_labels, Place.CONTAINER: container_labels}
    with_sign = [places[place] for place in dialect.places if dialect.recognises(places[place])]
    return dialect.translate(with_sign[0] if with_sign else places[dialect.places[0]], facts)


# --- at run time: the labels of a peer in place of skep's ------------------------------------------------------------


def native_labels(service: Service, dialect: str, *, container_labels: Iterable[tuple[str, str]] = ()) -> Translation:
    """The labels by which a service is to be scaled: those of the peer, translated, with its own ``skep.*`` over them.

    A service that does not speak the dialect has its own labels alone, so that a dialect can be set for all services.
    The answer depends on nothing but what is handed over, and is remembered for it.

    Args:
        service: as the Swarm has it.
        dialect: a name from ``skep.dialect``, of the service or of all.
        container_labels: those of its containers, which some peers read.
    """
    return _native_labels(
        dialect,
        service.name,
        service.labels,
        tuple(container_labels),
        service.limits,
        service.reservations,
        service.replicas,
    )


@lru_cache(maxsize=_REMEMBERED_SERVICES)
def _native_labels(
    name_of_dialect: str,
    name: str,
    labels: tuple[tuple[str, str], ...],
    container_labels: tuple[tuple[str, str], ...],
    limits: Resources,
    reservations: Resources,
    replicas: int | None,
) -> Translation:
    own = tuple((label, text) for label, text in labels if label.startswith(_PREFIX) and label != _DIALECT)
    if _is_off(own):
        return Translation(native=own)
    on_service, on_containers = dict(labels), dict(container_labels)
    dialect = find_dialect(name_of_dialect)
    spoken = recognise(on_service, on_containers)
    objection = _objection(name, name_of_dialect, dialect, spoken, is_own=_DIALECT in on_service)
    if objection is not None:
        return Translation(native=own, problems=(objection,))
    if dialect is None or dialect not in spoken:
        return Translation(native=own)
    facts = ServiceFacts(name=name, limits=limits, reservations=reservations, replicas=replicas)
    translation = translate(dialect, on_service, on_containers, facts)
    return replace(translation, native=tuple({**dict(translation.native), **dict(own)}.items()))


def _is_off(own: tuple[tuple[str, str], ...]) -> bool:
    """Whether labels of its own switch a service off: nothing else is wrong with it then."""
    try:
        return not read_flag(dict(own).get(_ENABLE, "true"))
    except UnitError:
        return False


def _objection(
    service: str, given: str, dialect: Dialect | None, spoken: tuple[Dialect, ...], *, is_own: bool
) -> Problem | None:
    """Why the labels cannot be read in this dialect, if so."""
    if dialect is None:
        expected, example = f"one of {', '.join(_BY_NAME)}", SWARM_HPA.name
    elif dialect in spoken and len(spoken) > 1:
        peers = " and of ".join(one.peer for one in spoken)
        expected, example = (
            f"a service with the labels of one autoscaler, not of {peers}",
            "the service without the others",
        )
    elif is_own and dialect not in spoken:
        place = dialect.places[0].compose_key
        expected, example = f"labels of {dialect.peer} under {place}", "the service without skep.dialect"
    else:
        return None
    return Problem(service=service, label=_DIALECT, given=given, expected=expected, example=example)
