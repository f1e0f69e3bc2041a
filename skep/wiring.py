"""The only place that names concrete adapters: from settings to the world that operations work with.

Adapters are imported when the world is first wanted: the command line reads settings too, and must not wait for
the Docker library it never uses.
"""

import os
from functools import cache

from skep.config.labels import LabelDefaults
from skep.config.settings import Settings
from skep.ports import World

__all__ = ["forget_world", "label_defaults", "settings", "world"]


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingsError: with everything that is wrong, at once.
    """
    return Settings.from_environment(os.environ)


@cache
def label_defaults() -> LabelDefaults:
    """What labels mean where they are silent."""
    return LabelDefaults(window=settings().window, max_age=settings().max_age)


@cache
def world() -> World:
    """The clients of this process, made at first use, which is after any fork."""
    from skep.adapters.clock import SystemClock  # noqa: PLC0415 - see the module's text

    return World(clock=SystemClock())  # type: ignore[call-arg]


def forget_world() -> None:
    """Make new clients at the next use: after a fork they must not be shared."""
    world.cache_clear()
