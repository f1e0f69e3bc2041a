"""Which requests a service wants from the proxy: the labels of docker-flow-proxy, read from what Docker tells.

Only what plain HAProxy in HTTP mode needs is read: ``com.df.notify``, ``com.df.port``, ``com.df.servicePath`` and
``com.df.serviceDomain``, each but the first also numbered (``com.df.port.1``) for further destinations.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skep.config.problem import LabelSheet, Problem
from skep.config.units import UnitError, read_count, read_flag

__all__ = ["Route", "read_routes"]

_PREFIX = "com.df."
#: What a service without a maximum may grow to.
_MOST_WITHOUT_MAX = 20
_MOST_SLOTS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Requests that go to one port of one service.

    Attributes:
        number: which of the service's destinations it is; ``None`` where it has only one.
        domains: hosts, in small letters, perhaps with ``*.`` at the front; any where there are none.
        paths: what the path begins with; any where there are none.
        most_replicas: what the service may grow to.
    """

    service: str
    port: int
    number: int | None = None
    domains: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    most_replicas: int = _MOST_WITHOUT_MAX


def read_routes(inspected: Iterable[Mapping[str, Any]]) -> tuple[tuple[Route, ...], tuple[Problem, ...]]:
    """The routes of all services that want any, and what is wrong with those that are left out.

    Args:
        inspected: services as ``docker service inspect`` prints them.
    """
    routes: list[Route] = []
    problems: list[Problem] = []
    for service in inspected:
        spec = service.get("Spec") or {}
        sheet = LabelSheet(str(spec.get("Name", "")), (spec.get("Labels") or {}).items())
        found = tuple(_routes_of(sheet, str(spec.get("Name", ""))))
        if sheet.problems:
            problems.extend(sheet.problems)
        else:
            routes.extend(found)
    return tuple(routes), tuple(problems)


def _routes_of(sheet: LabelSheet, service: str) -> Iterator[Route]:
    if sheet.read(f"{_PREFIX}notify", read_flag) is not True:
        return
    if not _NAME.fullmatch(service):
        sheet.object_to(f"{_PREFIX}notify", expected="nothing: this is no name that Docker allows", example="shop_web")
    most = sheet.read("skep.max", _read_most) or sheet.read(f"{_PREFIX}scaleMax", _read_most) or _MOST_WITHOUT_MAX
    numbers = _numbers(sheet.labels)
    for number in numbers:
        suffix = "" if number is None else f".{number}"
        port = sheet.require(
            f"{_PREFIX}port{suffix}", _read_port, expected="the port that its replicas listen on", example="8080"
        )
        domains = sheet.read(f"{_PREFIX}serviceDomain{suffix}", _list_of(_read_domain))
        paths = sheet.read(f"{_PREFIX}servicePath{suffix}", _list_of(_read_path))
        if (
            sheet.text(f"{_PREFIX}serviceDomain{suffix}") is None
            and sheet.text(f"{_PREFIX}servicePath{suffix}") is None
        ):
            sheet.object_to(
                f"{_PREFIX}servicePath{suffix}",
                expected=f"a path, or {_PREFIX}serviceDomain{suffix} with a domain",
                example="/",
            )
        if port is not None:
            yield Route(
                service=service,
                port=port,
                number=number if len(numbers) > 1 else None,
                domains=domains or (),
                paths=paths or (),
                most_replicas=most,
            )


def _numbers(labels: Iterable[str]) -> Sequence[int | None]:
    """The numbers of the destinations, those without one first."""
    found = {match["number"] for label in labels if (match := _DESTINATION.fullmatch(label))}
    plain: list[int | None] = [None] if None in found or not found else []
    return [*plain, *sorted(int(number) for number in found if number is not None)]


_DESTINATION = re.compile(r"com\.df\.(?:port|servicePath|serviceDomain)(?:\.(?P<number>[0-9]{1,3}))?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


def _read_most(text: str) -> int:
    return read_count(text, least=1, most=_MOST_SLOTS)


def _read_port(text: str) -> int:
    return read_count(text, least=1, most=65_535)


def _list_of(read: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    def read_list(text: str) -> tuple[str, ...]:
        return tuple(read(part.strip()) for part in text.split(","))

    return read_list


def _read_domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text):
        raise UnitError(text, "a domain, perhaps with *. at its front", "shop.example.org")
    return text.lower()


_DOMAIN = re.compile(r"(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.?){1,20}")


def _read_path(text: str) -> str:
    if not _PATH.fullmatch(text):
        raise UnitError(
            text, "a path that begins with a slash, of letters, digits and any of / . _ ~ % + = : @ -", "/api"
        )
    return text


#: Nothing that ends a word of HAProxy's configuration, or begins a quote, a variable or a comment in it.
_PATH = re.compile(r"/[A-Za-z0-9/._~%+=:@-]{0,200}")
