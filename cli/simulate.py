"""``skep simulate``: what a policy would have done on a recorded load."""

import sys
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import click

from cli.completion import proposed_services
from cli.compose_file import read_compose_file, read_file
from cli.desk import Desk, pass_desk
from cli.endings import Failed
from cli.notation import SPAN, json_option
from cli.screen import screen, show, show_json
from cli.services import find
from lab.traces import names as trace_names
from lab.traces import shipped
from skep.config.catalogue import Chapter, label_called
from skep.config.labels import Problems, read_labels
from skep.config.trace_file import TraceFileError, read_trace
from skep.config.units import UnitError, read_percent, read_rate
from skep.core.cluster import Service, ServiceMode
from skep.core.foresight.comparison import Comparison, Outcome
from skep.core.foresight.contenders import HPA, Contender
from skep.core.foresight.course import START
from skep.core.foresight.model import METRIC_DELAY, POINT
from skep.core.foresight.past_load import PastLoad
from skep.core.foresight.start_delay import ASSUMED_START_DELAY
from skep.core.foresight.trace import Trace
from skep.core.policy import ServicePolicy
from skep.operations.simulate import YOURS, Assumptions, course_under, on_course, simulate_trace
from skep.report.comparison_table import comparison_table, heading, legend
from skep.report.simulation_chart import draw_simulation, page

__all__ = ["simulate"]

_EXAMPLES = """\
\b
Examples:
  skep simulate load.csv
  skep simulate load.csv -l skep.requests=50/s -l skep.max=20 --start-delay 90s
  skep simulate load.csv --compose docker-compose.yml --service web --report load.html
  skep simulate --trace aws_elb_2014 --price 25 --json
  skep simulate --recorded shop_web -l skep.tune=auto

A trace is a CSV file with the columns t_seconds,requests_per_second, oldest first; it may be compressed with gzip.
"""
_ANY_RATE = "1/s"


@click.command(epilog=_EXAMPLES)
@click.argument(
    "path",
    metavar="[FILE]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
)
@click.option(
    "--trace", "trace_name", metavar="NAME", help=f"A trace that comes with skep: {', '.join(trace_names())}."
)
@click.option(
    "--recorded",
    metavar="SERVICE",
    shell_complete=proposed_services,
    help="The requests of the last week of a service that runs, with its labels; a worker reads them from InfluxDB.",
)
@click.option("-l", "--label", "labels", metavar="LABEL=VALUE", multiple=True, help="A label of the policy to try.")
@click.option(
    "--compose", metavar="FILE", type=click.Path(exists=True, dir_okay=False), help="Take the labels from it."
)
@click.option("--service", metavar="NAME", help="The service of the Compose file.")
@click.option(
    "--price",
    type=click.FloatRange(min=0, min_open=True),
    help="How many idle replicas a missing one is worth; that of skep.price unless said.",
)
@click.option(
    "--start-delay",
    type=SPAN,
    help="How long a replica takes to serve; 30s, or with --recorded what was measured, unless said.",
)
@click.option(
    "--metric-delay",
    type=SPAN,
    help="How old metrics are when seen; as measured with --recorded, else 15s.",
)
@click.option("--interval", type=SPAN, default="15s", show_default=True, help="The time between evaluations.")
@click.option(
    "--history",
    type=SPAN,
    default="7d",
    show_default=True,
    help="The first part of the trace, to learn from; at most half of it.",
)
@click.option(
    "--target-share",
    metavar="SHARE",
    default="70%",
    show_default=True,
    help="The share of its capacity that skep.requests is.",
)
@click.option("--all", "all_baselines", is_flag=True, help="Compare with every baseline that skep knows.")
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    help="Draw it, as .png or .html (needs matplotlib).",
)
@json_option
@pass_desk
def simulate(  # noqa: PLR0913 - an option each
    desk: Desk,
    *,
    path: str | None,
    trace_name: str | None,
    recorded: str | None,
    labels: tuple[str, ...],
    compose: str | None,
    service: str | None,
    price: float | None,
    start_delay: timedelta | None,
    metric_delay: timedelta | None,
    interval: timedelta,
    history: timedelta,
    target_share: str,
    all_baselines: bool,
    report: str | None,
    as_json: bool,
) -> None:
    """Try a policy on a recorded load.

    Every evaluation goes through the same code as in the Swarm, on this machine and without touching anything. The
    policy of the labels (skep's defaults where there are none) stands beside the Kubernetes HPA, thresholds, a static
    count, an oracle that knows the future, and the policy that tunes itself. Without skep.requests among the labels,
    the target of a replica is fitted to the trace so that its busiest moments need 20.
    """
    draw = _drawing(report)
    past = None if recorded is None else _past_load(desk, recorded, path or trace_name)
    trace = _trace(path, trace_name) if past is None else _trace_of(past)
    policy, target_rps = _policy({**_own_labels(past), **_labels(labels, compose, service)})
    assumptions = Assumptions(
        target_rps=target_rps,
        target_ratio=_share(target_share),
        start_delay=_start_delay(start_delay, past),
        metric_delay=_metric_delay(metric_delay, past),
        interval=interval,
        history=history,
        bounds=policy.bounds,
    )
    course = course_under(trace, assumptions)
    found = simulate_trace(
        course, on_course(policy, course), price=price or policy.price, all_baselines=all_baselines, tell=_telling()
    )
    if report is not None:
        Path(report).write_bytes(draw(found))
    if as_json:
        show_json(_document(found))
        return
    console = screen()
    show(console, f"{heading(found)}\n")
    show(console, comparison_table(found, width=console.width))
    show(console, legend)


def _past_load(desk: Desk, name: str, other: str | None) -> PastLoad:
    """What a worker knows of the requests of a service that runs."""
    if other is not None:
        raise click.UsageError(f"Either --recorded {name} or {other}: one load at a time.")
    past = desk.questions.past_load(name)
    if past is None:
        (service,) = find(desk.questions, [name])
        past = desk.questions.past_load(service.id)
    if past is None:
        raise Failed(f"{name} was removed while skep looked.")
    return past


def _trace_of(past: PastLoad) -> Trace:
    try:
        return past.trace
    except ValueError as error:
        raise Failed(f"Of {past.service} only {len(past.loads)} min are recorded: {error}.") from error


def _start_delay(said: timedelta | None, past: PastLoad | None) -> timedelta:
    if said is not None:
        return said
    measured = past.start_delay if past is not None else None
    return ASSUMED_START_DELAY if measured is None else measured


def _metric_delay(said: timedelta | None, past: PastLoad | None) -> timedelta:
    """As it was measured, in whole points of a simulation."""
    if said is not None:
        return said
    measured = past.metric_delay if past is not None else None
    return METRIC_DELAY if measured is None else round(measured.typical / POINT) * POINT


def _own_labels(past: PastLoad | None) -> dict[str, str]:
    """What the service says of itself, but for metrics of which the recorded requests tell nothing."""
    return {label: text for label, text in (past.labels if past is not None else {}).items() if _is_told(label)}


def _is_told(label: str) -> bool:
    known = label_called(label)
    is_of_metric = known is not None and known.chapter in {Chapter.METRICS, Chapter.OWN_METRICS}
    return not is_of_metric or label in {"skep.requests", "skep.window"}


def _trace(path: str | None, name: str | None) -> Trace:
    if (path is None) == (name is None):
        raise click.UsageError(
            "Give the FILE of a trace, or one that comes with skep with --trace, or a service with --recorded."
        )
    if name is not None:
        try:
            return shipped(name)
        except KeyError as error:
            raise click.UsageError(f"There is no trace {name}; there are {', '.join(trace_names())}.") from error
    file, content = read_file(path or "")
    try:
        return read_trace(content, name=Path(file).name)
    except TraceFileError as error:
        raise Failed("\n".join(error.sentences)) from error


def _labels(given: tuple[str, ...], compose: str | None, service: str | None) -> dict[str, str]:
    """Those of the Compose file, and over them those of the command line."""
    found = _compose_labels(compose, service) if compose is not None or service is not None else {}
    for text in given:
        label, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"--label {text}: expected LABEL=VALUE, for example skep.requests=50/s")
        found[label.strip()] = value.strip()
    return found


def _compose_labels(compose: str | None, service: str | None) -> dict[str, str]:
    if compose is None or service is None:
        raise click.UsageError("--compose and --service go together.")
    file = read_compose_file(compose)
    if file.problems:
        raise Failed("\n".join(problem.sentence for problem in file.problems))
    found = {each.name: each for each in file.services}
    if service not in found:
        raise Failed(f"{compose} has no service {service}; it has {', '.join(sorted(found)) or 'none'}.")
    return dict(found[service].as_service().labels)


def _policy(labels: dict[str, str]) -> tuple[ServicePolicy, float | None]:
    """The policy, and the target of a replica if the labels say it."""
    defaults = {"skep.enable": "true", "skep.max": "60", "skep.requests": _ANY_RATE}
    service = Service(
        id=YOURS,
        name=YOURS,
        mode=ServiceMode.REPLICATED,
        replicas=1,
        version_index=1,
        labels=tuple((defaults | labels).items()),
        updated_at=START,
    )
    read = read_labels(service)
    if isinstance(read, Problems):
        raise Failed("\n".join(problem.sentence for problem in read.problems))
    if read is None:
        raise Failed("The labels say skep.enable=false: there is no policy to try.")
    target = labels.get("skep.requests")
    return read, None if target is None else read_rate(target)


def _share(text: str) -> float:
    try:
        return read_percent(text, most=1.0)
    except UnitError as error:
        raise click.UsageError(f"--target-share: {error}") from error


def _telling() -> Callable[[Contender], None] | None:
    """Who is being simulated, for whoever waits at a terminal."""
    if not sys.stderr.isatty():
        return None
    return lambda contender: click.echo(f"simulating {contender.name} …", err=True)


def _drawing(report: str | None) -> Callable[[Comparison], bytes]:
    """How to draw the report; a wish that cannot be fulfilled is told before the work and not after it."""
    names = (YOURS, "replay", HPA.name)
    if report is None:
        return lambda _found: b""
    ending = Path(report).suffix.lower()
    if ending not in {".png", ".html"}:
        raise click.UsageError(f"--report {report}: expected a name that ends in .png or .html")
    if find_spec("matplotlib") is None:
        raise Failed("--report needs matplotlib: pip install 'matplotlib>=3.10', or leave --report out.")
    if ending == ".png":
        return lambda found: draw_simulation(found, _drawn(found, names))
    return lambda found: page(found, _drawn(found, names)).encode()


def _drawn(found: Comparison, names: tuple[str, ...]) -> tuple[str, ...]:
    """The policies to draw; the one that tunes itself is called by its price."""
    own = next(outcome.name for outcome in found.outcomes if outcome.name.startswith("replay"))
    return tuple(own if name == "replay" else name for name in names)


def _document(found: Comparison) -> dict[str, object]:
    model = found.course.model
    return {
        "trace": found.course.name,
        "scored_days": found.course.scored_length / timedelta(days=1),
        "model": model,
        "policies": [_outcome(outcome) for outcome in (found.oracle, *found.outcomes)],
    }


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "name": outcome.name,
        "about": outcome.about,
        "relative_hours": outcome.relative_hours,
        "score": outcome.score,
    }
