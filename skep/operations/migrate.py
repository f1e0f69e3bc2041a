"""The labels of other autoscalers on the services of a running Swarm, in skep's words."""

from skep.config.dialects import find_dialect
from skep.config.migration import LabelledService, Migration, translate_services
from skep.ports import World

__all__ = ["migrations"]


def migrations(world: World, *, dialect: str | None = None) -> tuple[Migration, ...]:
    """What becomes of each service that has such labels, by name.

    Args:
        world: everything outside.
        dialect: the name of the one to read; by default whichever is recognised.

    Raises:
        Temporary, Permanent: the Swarm is out of reach or refuses.
    """
    services = sorted(world.swarm.read().services, key=lambda service: service.name)
    labelled = (LabelledService(service=s, container_labels=s.container_labels) for s in services)
    return translate_services(labelled, dialect=find_dialect(dialect) if dialect else None)
