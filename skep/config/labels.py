"""The ``skep.*`` labels of a service, and what the policy file says of it, to its policy or to all that is wrong.

Wrong is wrong: nothing is guessed, and whoever asks leaves a service with a problem exactly as it is. Labels that
are reserved for a later version are problems too, so that nobody believes they work.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from skep.config.bounds import read_bounds, read_schedules
from skep.config.built_in_metrics import read_built_in_metrics
from skep.config.catalogue import label_called, meant
from skep.config.clauses import PolicyFile
from skep.config.dialects import read_dialect
from skep.config.outage import read_on_missing
from skep.config.own_metrics import read_own_metrics
from skep.config.pace import (
    Cooldown,
    read_cooldown,
    read_flaps,
    read_scale_down,
    read_scale_up,
    read_span,
    read_tolerance,
)
from skep.config.problem import LabelSheet, Problem, Problems
from skep.config.protection import read_protection
from skep.config.rollouts import read_on_deploy, read_on_rollout
from skep.config.spoken import DIALECT, Labels, spoken_labels
from skep.config.tuning import read_price, read_tune
from skep.config.units import read_flag, shortened
from skep.core.bounds import Bounds
from skep.core.cluster import Resources, Service, ServiceMode
from skep.core.policy import (
    DirectionPolicy,
    MetricKind,
    MetricPolicy,
    ServicePolicy,
    Tune,
)
from skep.core.schedule import Schedule

__all__ = ["LabelDefaults", "Problem", "Problems", "read_labels", "sheet_of"]

_ENABLE = "skep.enable"
_REMEMBERED_SERVICES = 16_384
#: What holds where an operator says nothing.
_SILENCE = ServicePolicy(bounds=Bounds(min_replicas=1, max_replicas=1), metrics=())


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDefaults:
    """What holds for services that do not say otherwise.

    Attributes:
        file: what the policy file says, if there is one; it counts more than the rest here.
        dialect: the autoscaler whose labels services have that do not name another.
    """

    window: timedelta = timedelta(seconds=30)
    max_age: timedelta = timedelta(seconds=45)
    file: PolicyFile | None = None
    dialect: str | None = None


_DEFAULTS = LabelDefaults()


def read_labels(service: Service, *, defaults: LabelDefaults = _DEFAULTS) -> ServicePolicy | Problems | None:
    """What an operator wants of a service, by its labels and by the policy file.

    The answer depends on nothing but the service's name, ``skep.*`` labels, resources and mode, and is remembered
    for them: in a tick each service that has not changed costs one look-up.

    Args:
        service: as the Swarm has it.
        defaults: for labels it does not have, the policy file among them.

    Returns:
        The policy; or all that is wrong; or ``None`` where the service is not enabled.
    """
    spoken = spoken_labels(service, file=defaults.file, dialect=defaults.dialect)
    if not spoken.labels and not spoken.problems and not (defaults.file and defaults.file.covers(service.name)):
        return None
    read = _read(service.name, spoken.labels, service.limits, service.reservations, service.mode, defaults)
    return _with(spoken.problems, read) if spoken.problems else read


def _with(problems: tuple[Problem, ...], read: ServicePolicy | Problems | None) -> Problems:
    """The problems of a dialect, and those of what it was translated to."""
    return Problems(problems=(*problems, *(read.problems if isinstance(read, Problems) else ())))


@lru_cache(maxsize=_REMEMBERED_SERVICES)
def _read(
    name: str,
    labels: Labels,
    limits: Resources,
    reservations: Resources,
    mode: ServiceMode,
    defaults: LabelDefaults,
) -> ServicePolicy | Problems | None:
    sheet = sheet_of(name, labels, defaults.file)
    of_file = defaults.file.problems_for(name) if defaults.file else ()
    if not _is_enabled(sheet):
        return Problems(problems=of_file) if of_file and sheet.text(_ENABLE) is None else None
    _check_mode(sheet, mode)
    sheet.read(DIALECT, read_dialect)
    policy = _read_policy(sheet, limits=limits, reservations=reservations, defaults=defaults)
    _refuse_the_rest(sheet)
    problems = (*of_file, *_beside(of_file, sheet.problems))
    return Problems(problems=problems) if problems else policy


def sheet_of(name: str, labels: Labels, file: PolicyFile | None) -> LabelSheet:
    """What is said of a service: by its labels, and where they are silent by the policy file."""
    own = dict(labels)
    entries = [entry for entry in file.entries_for(name) if entry[0] not in own] if file else []
    return LabelSheet(
        name,
        (*((label, text) for label, text, _ in entries), *labels),
        origins={label: origin for label, _, origin in entries},
    )


def _beside(of_file: tuple[Problem, ...], of_labels: tuple[Problem, ...]) -> Iterator[Problem]:
    """The problems of labels, without those that lack what the file has in a shape that cannot be read."""
    illegible = {problem.label for problem in of_file}
    return (problem for problem in of_labels if problem.given is not None or problem.label not in illegible)


def _is_enabled(sheet: LabelSheet) -> bool:
    """Whether to read on: enabled, or meant to be and misspelt."""
    if sheet.text(_ENABLE) is None:
        return any(meant(label) == _ENABLE for label in sheet.labels)
    return sheet.read(_ENABLE, read_flag) is not False


def _check_mode(sheet: LabelSheet, mode: ServiceMode) -> None:
    if mode is not ServiceMode.REPLICATED:
        expected = f"a replicated service, since a {mode} one has no count to change"
        sheet.object_to(_ENABLE, expected=expected, example="deploy.mode: replicated")


def _read_policy(
    sheet: LabelSheet, *, limits: Resources, reservations: Resources, defaults: LabelDefaults
) -> ServicePolicy:
    """The policy; whatever stands in it for what is wrong is never used, since nothing is with a problem."""
    bounds = read_bounds(sheet)
    schedules = read_schedules(sheet, bounds)
    metrics = _read_metrics(sheet, bounds, schedules, limits=limits, reservations=reservations, defaults=defaults)
    scale_up, scale_down = _read_directions(sheet)
    dry_run = sheet.read("skep.dry-run", read_flag) or False
    fewest = bounds.min_replicas
    tune = _read_tune(sheet, metrics)
    return ServicePolicy(
        bounds=bounds,
        schedules=schedules,
        metrics=metrics,
        tolerance=sheet.read("skep.tolerance", read_tolerance) or _SILENCE.tolerance,
        scale_up=scale_up,
        scale_down=scale_down,
        max_age=sheet.read("skep.max-age", read_span) or defaults.max_age,
        dry_run=dry_run,
        flaps_per_hour=sheet.read("skep.flaps", read_flaps) or _SILENCE.flaps_per_hour,
        outage=sheet.read("skep.on-missing", lambda text: read_on_missing(text, fewest=fewest)) or _SILENCE.outage,
        on_deploy=sheet.read("skep.on-deploy", read_on_deploy) or _SILENCE.on_deploy,
        on_rollout=sheet.read("skep.on-rollout", read_on_rollout),
        may_surge=sheet.read("skep.surge", read_flag) is not False,
        protection=sheet.read("skep.protect", read_protection),
        shares_data=sheet.read("skep.shared-data", read_flag) or _SILENCE.shares_data,
        tune=tune,
        price=sheet.read("skep.price", read_price) or _SILENCE.price,
    )


def _read_tune(sheet: LabelSheet, metrics: tuple[MetricPolicy, ...]) -> Tune:
    """Refuse to tune by what has no recorded past, or by what depends on the number of replicas."""
    tune = sheet.read("skep.tune", read_tune) or _SILENCE.tune
    if tune is not Tune.OFF and metrics and not any(metric.is_tunable for metric in metrics):
        expected = "skep.requests or skep.inflight beside it, since only of those is the past known"
        sheet.object_to("skep.tune", expected=expected, example='skep.requests: "50/s" beside it')
    return tune


def _read_metrics(
    sheet: LabelSheet,
    bounds: Bounds,
    schedules: tuple[Schedule, ...],
    *,
    limits: Resources,
    reservations: Resources,
    defaults: LabelDefaults,
) -> tuple[MetricPolicy, ...]:
    wrong_before = len(sheet.problems)
    window = sheet.read("skep.window", read_span) or defaults.window
    metrics = (
        *read_built_in_metrics(sheet, limits=limits, reservations=reservations, window=window),
        *read_own_metrics(sheet, window=defaults.window, fewest=bounds.min_replicas),
    )
    if len(sheet.problems) == wrong_before:
        _check_choice(sheet, bounds, schedules, metrics)
    return metrics


def _check_choice(
    sheet: LabelSheet, bounds: Bounds, schedules: tuple[Schedule, ...], metrics: tuple[MetricPolicy, ...]
) -> None:
    """Refuse to scale by nothing, by what only ever asks for more, and to zero where nothing could end it."""
    if not metrics:
        expected = (
            "at least one of skep.requests, skep.inflight, skep.cpu, skep.memory, skep.queue, skep.metric.<name>.query"
        )
        sheet.object_to("skep.requests", expected=expected, example="50/s")
    elif all(metric.kind is MetricKind.THRESHOLD for metric in metrics):
        expected = "another metric beside it (as skep.requests), since a latency never asks for fewer replicas"
        sheet.object_to("skep.latency", expected=expected, example='skep.requests: "50/s" beside it')
    elif not any(metric.kind is MetricKind.TOTAL for metric in metrics):
        _refuse_sleep(sheet, bounds, schedules)


def _refuse_sleep(sheet: LabelSheet, bounds: Bounds, schedules: tuple[Schedule, ...]) -> None:
    since = "since at zero replicas only a total (as skep.requests) has a value that can ask for one"
    if bounds.min_replicas == 0:
        sheet.object_to("skep.min", expected=f"1 or more, {since}", example="1")
    for schedule in schedules:
        if schedule.min_replicas == 0:
            sheet.object_to(f"skep.schedule.{schedule.name}", expected=f"min=1 or more, {since}", example=_SCHEDULE)


_SCHEDULE = "Mon-Fri 08:00-18:00 Europe/Berlin min=5"


def _read_directions(sheet: LabelSheet) -> tuple[DirectionPolicy, DirectionPolicy]:
    """How the service may grow and how it may shrink."""
    cooldown = sheet.read("skep.cooldown", read_cooldown) or Cooldown()
    up = sheet.read("skep.scale-up", read_scale_up) or _SILENCE.scale_up
    down = sheet.read("skep.scale-down", read_scale_down) or _SILENCE.scale_down
    return replace(up, cooldown=cooldown.up), replace(down, cooldown=cooldown.down)


def _refuse_the_rest(sheet: LabelSheet) -> None:
    """Note every label that has no effect."""
    for label in sheet.not_asked_for:
        known = label_called(label)
        if known is not None and not known.is_supported:
            sheet.refuse_unsupported(label)
        else:
            likely = shortened(meant(label) or "")
            expected = f"a label that skep knows, perhaps {likely}" if likely else "a label that skep knows"
            sheet.object_to(label, expected=expected, example=likely or "skep.max")
