"""The ``skep.*`` labels of a service to its policy, or to all that is wrong with them at once.

Wrong is wrong: nothing is guessed, and whoever asks leaves a service with a problem exactly as it is. Labels that
are reserved for a later version are problems too, so that nobody believes they work.
"""

import difflib
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from skep.config.built_in_metrics import read_built_in_metrics
from skep.config.own_metrics import METRIC_FIELDS, METRIC_PREFIX, metric_name, read_own_metrics
from skep.config.pace import Cooldown, read_cooldown, read_direction, read_span, read_tolerance
from skep.config.problem import LabelSheet, Problem, Problems
from skep.config.units import read_count, read_flag
from skep.core.cluster import Resources, Service, ServiceMode
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    Bounds,
    DirectionPolicy,
    MetricKind,
    MetricPolicy,
    ServicePolicy,
    Tolerance,
)

__all__ = ["LabelDefaults", "Problem", "Problems", "read_labels"]

_PREFIX = "skep."
_ENABLE = "skep.enable"
_REMEMBERED_SERVICES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDefaults:
    """What holds for services that do not say otherwise; set once for the whole Swarm."""

    window: timedelta = timedelta(seconds=30)
    max_age: timedelta = timedelta(seconds=45)


_DEFAULTS = LabelDefaults()


def read_labels(service: Service, *, defaults: LabelDefaults = _DEFAULTS) -> ServicePolicy | Problems | None:
    """What an operator wants of a service.

    The answer depends on nothing but the service's name, ``skep.*`` labels, resources and mode, and is remembered
    for them: in a tick each service that has not changed costs one look-up.

    Args:
        service: as the Swarm has it.
        defaults: for labels it does not have.

    Returns:
        The policy; or all that is wrong; or ``None`` where the service is not enabled.
    """
    labels = tuple([pair for pair in service.labels if pair[0].startswith(_PREFIX)])
    if not labels:
        return None
    return _read(service.name, labels, service.limits, service.reservations, service.mode, defaults)


@lru_cache(maxsize=_REMEMBERED_SERVICES)
def _read(
    name: str,
    labels: tuple[tuple[str, str], ...],
    limits: Resources,
    reservations: Resources,
    mode: ServiceMode,
    defaults: LabelDefaults,
) -> ServicePolicy | Problems | None:
    sheet = LabelSheet(name, labels)
    if not _is_enabled(sheet):
        return None
    _check_mode(sheet, mode)
    bounds = _read_bounds(sheet)
    metrics = _read_metrics(sheet, bounds=bounds, limits=limits, reservations=reservations, defaults=defaults)
    scale_up, scale_down = _read_directions(sheet)
    policy = ServicePolicy(
        bounds=bounds,
        metrics=metrics,
        tolerance=sheet.read("skep.tolerance", read_tolerance) or Tolerance(),
        scale_up=scale_up,
        scale_down=scale_down,
        max_age=sheet.read("skep.max-age", read_span) or defaults.max_age,
        dry_run=sheet.read("skep.dry-run", read_flag) or False,
    )
    _refuse_the_rest(sheet)
    return Problems(problems=sheet.problems) if sheet.problems else policy


def _is_enabled(sheet: LabelSheet) -> bool:
    """Whether to read on: enabled, or meant to be and misspelt."""
    if sheet.text(_ENABLE) is None:
        return any(_meant(label) == _ENABLE for label in sheet.labels)
    return sheet.read(_ENABLE, read_flag) is not False


def _check_mode(sheet: LabelSheet, mode: ServiceMode) -> None:
    if mode is not ServiceMode.REPLICATED:
        expected = f"a replicated service, since a {mode} one has no count to change"
        sheet.object_to(_ENABLE, expected=expected, example="deploy.mode: replicated")


def _read_bounds(sheet: LabelSheet) -> Bounds:
    """The bounds; whatever stands for wrong ones is never used, since nothing is with a problem."""
    fewest = sheet.read("skep.min", read_count)
    if fewest is None:
        fewest = 1
    most = sheet.require("skep.max", _read_max, expected="the most replicas it may have", example="20")
    if most is not None and most < fewest:
        sheet.object_to("skep.max", expected=f"no less than skep.min, which is {fewest}", example=f"{fewest}")
    return Bounds(min_replicas=fewest, max_replicas=max(fewest, most or 1))


def _read_max(text: str) -> int:
    return read_count(text, least=1)


def _read_metrics(
    sheet: LabelSheet,
    *,
    bounds: Bounds,
    limits: Resources,
    reservations: Resources,
    defaults: LabelDefaults,
) -> tuple[MetricPolicy, ...]:
    wrong_before = len(sheet.problems)
    window = sheet.read("skep.window", read_span) or defaults.window
    metrics = (
        *read_built_in_metrics(sheet, limits=limits, reservations=reservations, window=window),
        *read_own_metrics(sheet, window=defaults.window),
    )
    if len(sheet.problems) == wrong_before:
        _check_choice(sheet, bounds, metrics)
    return metrics


def _check_choice(sheet: LabelSheet, bounds: Bounds, metrics: tuple[MetricPolicy, ...]) -> None:
    """Refuse to scale by nothing, and to zero where nothing measured without replicas could end it."""
    if not metrics:
        expected = "at least one of skep.requests, skep.inflight, skep.cpu, skep.memory, skep.metric.<name>.query"
        sheet.object_to("skep.requests", expected=expected, example="50/s")
    elif bounds.min_replicas == 0 and not any(metric.kind is MetricKind.TOTAL for metric in metrics):
        expected = "1 or more, since at zero replicas only a total (as skep.requests) has a value that can ask for one"
        sheet.object_to("skep.min", expected=expected, example="1")


def _read_directions(sheet: LabelSheet) -> tuple[DirectionPolicy, DirectionPolicy]:
    """How the service may grow and how it may shrink."""
    cooldown = sheet.read("skep.cooldown", read_cooldown) or Cooldown()
    up = sheet.read("skep.scale-up", _read_scale_up) or DEFAULT_SCALE_UP
    down = sheet.read("skep.scale-down", _read_scale_down) or DEFAULT_SCALE_DOWN
    return replace(up, cooldown=cooldown.up), replace(down, cooldown=cooldown.down)


def _read_scale_up(text: str) -> DirectionPolicy:
    return read_direction(text, DEFAULT_SCALE_UP)


def _read_scale_down(text: str) -> DirectionPolicy:
    return read_direction(text, DEFAULT_SCALE_DOWN)


# --- labels that are reserved, and labels that are none ------------------------------------------------------------

_SUPPORTED = (
    "skep.enable",
    "skep.min",
    "skep.max",
    "skep.cpu",
    "skep.memory",
    "skep.requests",
    "skep.inflight",
    "skep.tolerance",
    "skep.scale-up",
    "skep.scale-down",
    "skep.cooldown",
    "skep.window",
    "skep.max-age",
    "skep.on-missing",
    "skep.dry-run",
)
_RESERVED = (
    "skep.latency",
    "skep.queue",
    "skep.flaps",
    "skep.on-deploy",
    "skep.on-rollout",
    "skep.surge",
    "skep.protect",
    "skep.tune",
    "skep.price",
    "skep.dialect",
)
_RESERVED_PREFIX = "skep.schedule."
_LONGEST_MISSPELT = 80
_LEAST_LIKENESS = 0.6


def _refuse_the_rest(sheet: LabelSheet) -> None:
    """Note every label that has no effect."""
    sheet.accept_only("skep.on-missing", "hold")
    for label in sheet.not_asked_for:
        if label in _RESERVED or label.startswith(_RESERVED_PREFIX):
            sheet.refuse_unsupported(label)
        else:
            meant = _meant(label)
            expected = f"a label that skep knows, perhaps {meant}" if meant else "a label that skep knows"
            sheet.object_to(label, expected=expected, example=meant or "skep.max")


def _meant(label: str) -> str | None:
    """The label that was probably meant; compared without the prefixes, which are alike anyway."""
    if len(label) > _LONGEST_MISSPELT:
        return None
    name = metric_name(label)
    prefix = _PREFIX if name is None else f"{METRIC_PREFIX}{name}."
    known = _ENDINGS if name is None else METRIC_FIELDS
    likely = difflib.get_close_matches(label.removeprefix(prefix).lower(), known, n=1, cutoff=_LEAST_LIKENESS)
    return f"{prefix}{likely[0]}" if likely else None


_ENDINGS = tuple(label.removeprefix(_PREFIX) for label in (*_SUPPORTED, *_RESERVED))
