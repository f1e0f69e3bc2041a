"""Whose policies tune themselves: asked before anything is learned, without what learning needs in memory."""

from collections.abc import Iterable, Sequence

from skep.config.labels import LabelDefaults, read_labels
from skep.core.cluster import Service
from skep.core.policy import MetricPolicy, ServicePolicy, Tune
from skep.core.pools import PoolPolicy
from skep.ports import World

__all__ = ["tuned_services", "tunes_anything"]


def tunes_anything(world: World, pools: Sequence[PoolPolicy], *, defaults: LabelDefaults) -> bool:
    """Whether any policy tunes itself, in the shadow or not; what was learned of former ones is kept until one does.

    Raises:
        Temporary, Permanent: the Swarm is out of reach, or refuses us.
    """
    return any(pool.tune is not Tune.OFF for pool in pools) or bool(
        tuned_services(world.swarm.read().services, defaults)
    )


def tuned_services(
    services: Iterable[Service], defaults: LabelDefaults
) -> dict[str, tuple[Service, ServicePolicy, MetricPolicy]]:
    """By service id, those whose policies tune themselves, in the shadow or not."""
    found: dict[str, tuple[Service, ServicePolicy, MetricPolicy]] = {}
    for service in services:
        policy = read_labels(service, defaults=defaults)
        if isinstance(policy, ServicePolicy) and policy.tune is not Tune.OFF and policy.tunable is not None:
            found[service.id] = (service, policy, policy.tunable)
    return found
