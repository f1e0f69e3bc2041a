"""What can be done with a demo that was left running."""

import shlex

from lab.demo.stack import FlowerAccess
from lab.real import LabStatus

__all__ = ["how_to_use"]


def how_to_use(status: LabStatus, flower: FlowerAccess, service: str) -> str:
    """The commands to look around with, ready to be copied, and the one that takes everything down."""
    return f"""\
Everything is still running. To look around:

    export SKEP_BROKER_URL={shlex.quote(status.redis_url)}
    .venv/bin/skep status
    .venv/bin/skep explain {service}
    .venv/bin/skep history
    .venv/bin/skep nodes
    .venv/bin/skep scale {service}=5

    curl {status.proxy_url}
    docker --host unix://{status.manager_socket} service ps {service}

    Flower: {flower}

And to take it down:

    .venv/bin/skep lab down --name {status.name}
"""
