"""Whose policies tune themselves: asked before anything is learned, without what learning needs in memory."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from skep.config.labels import LabelDefaults, read_labels
from skep.core.cluster import Service
from skep.core.policy import MetricPolicy, ServicePolicy, Tune
from skep.core.pools import PoolPolicy
from skep.core.saga import without_surges
from skep.ports import World

__all__ = ["TunedService", "tuned_services", "tunes_anything"]


#: A service, its policy, and the metric of it that is learned.
TunedService: TypeAlias = tuple[Service, ServicePolicy, MetricPolicy]


def tunes_anything(services: Mapping[str, TunedService], pools: Sequence[PoolPolicy]) -> bool:
    """Whether any policy tunes itself, in the shadow or not; what was learned of former ones is kept until one does.

    Args:
        services: those that do.
        pools: all of them.
    """
    return bool(services) or any(pool.tune is not Tune.OFF for pool in pools)


def tuned_services(world: World, *, defaults: LabelDefaults) -> dict[str, TunedService]:
    """By service id, those whose policies tune themselves, in the shadow or not.

    Raises:
        Temporary, Permanent: the Swarm is out of reach, or refuses us.
    """
    found: dict[str, TunedService] = {}
    for service in without_surges(world.swarm.read()).services:
        policy = read_labels(service, defaults=defaults)
        if isinstance(policy, ServicePolicy) and policy.tune is not Tune.OFF and policy.tunable is not None:
            found[service.id] = (service, policy, policy.tunable)
    return found
