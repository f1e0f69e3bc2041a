"""What happens when a worker process starts and lives: logging, fresh clients after a fork, the sign of life."""

import logging

from celery.signals import heartbeat_sent, setup_logging, worker_init, worker_process_init

from skep.wiring import forget_world, settings, world
from workers.collector import calm_collector, settle_for_sharing
from workers.health import sign_of_life
from workers.soft_limit import end_tasks_only

__all__: list[str] = []

_FORMAT = "%(asctime)s %(levelname)-7s %(processName)s %(name)s: %(message)s"


@setup_logging.connect
def _log_to_stderr(**_signal: object) -> None:
    """One format for Celery's lines and ours; quiet libraries."""
    logging.basicConfig(level=settings().log_level, format=_FORMAT)
    for noisy in ("urllib3", "docker"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@worker_init.connect
def _load_adapters(**_signal: object) -> None:
    """Import what the pool's processes will need, so that they share it and need not each load it.

    A world that was made connects to nothing until it is used.
    """
    world()
    forget_world()
    settle_for_sharing()


@worker_process_init.connect
def _begin_in_the_pool(**_signal: object) -> None:
    """A connection must not be shared across a fork: each process of the pool makes its own at first use."""
    forget_world()
    calm_collector()
    end_tasks_only()


@heartbeat_sent.connect
def _show_life(**_signal: object) -> None:
    sign_of_life("worker", settings().state_dir)
