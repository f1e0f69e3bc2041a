"""Services by the names people use for them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import click

from cli.desk import Questions
from cli.endings import Failed
from skep.config.units import quoted
from skep.operations.service_status import ServiceStatus

__all__ = ["UnknownService", "find", "find_each"]

_MOST_LISTED = 10


class UnknownService(Failed):
    """No service has this name."""


def find(questions: Questions, names: Sequence[str]) -> tuple[ServiceStatus, ...]:
    """The services of these names, in this order.

    A name may be a service's name, its id, or its name without that of its stack, if no two enabled services
    share it.

    Raises:
        UnknownService: there is no such service.
        Failed: there is more than one.
    """
    found = {key: service for service in questions.status(names) for key in (service.name, service.id)}
    if all(name in found for name in names):
        return tuple(found[name] for name in names)
    enabled = questions.status()
    return tuple(found.get(name) or _without_stack(name, enabled) for name in names)


def find_each(questions: Questions, names: Sequence[str], *, example: str) -> tuple[ServiceStatus, ...]:
    """As :func:`find`, but none may be named twice.

    Args:
        questions: whom to ask.
        names: as they were typed.
        example: a command that names each service once.

    Raises:
        click.UsageError: one is.
        Failed: as for :func:`find`.
    """
    _refuse_twice(names, example)
    services = find(questions, names)
    _refuse_twice([service.name for service in services], example)
    return services


def _refuse_twice(names: Iterable[str], example: str) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise click.UsageError(f"{quoted(name)} is given {times} times; give each service once: {example}")


def _without_stack(name: str, enabled: Sequence[ServiceStatus]) -> ServiceStatus:
    matches = [service for service in enabled if service.name.endswith(f"_{name}")]
    if len(matches) == 1:
        return matches[0]
    if matches:
        choices = " or ".join(service.name for service in matches)
        raise Failed(f"{quoted(name)} could be {choices}: give the whole name.")
    raise UnknownService(f"There is no service called {quoted(name)}.{_suggestion(name, enabled)}")


def _suggestion(name: str, enabled: Sequence[ServiceStatus]) -> str:
    full_names = {service.name: service.name for service in enabled}
    short_names = {service.name.partition("_")[2] or service.name: service.name for service in enabled}
    close = get_close_matches(name, [*full_names, *short_names], n=3, cutoff=0.6)
    meant = dict.fromkeys(full_names.get(match) or short_names[match] for match in close)
    if meant:
        return f" Did you mean {' or '.join(meant)}?"
    if not enabled:
        return " No service is enabled for skep; `skep status` says how to enable one."
    listed = ", ".join([service.name for service in enabled][:_MOST_LISTED])
    return f" Enabled are {listed}{', …' if len(enabled) > _MOST_LISTED else ''}."
