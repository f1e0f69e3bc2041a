"""``python -m tests.bench``, which is what ``make bench`` runs.

Raises a lab called ``bench``, measures, takes it down, prints tables and writes ``build/bench.json``. Takes about a
quarter of an hour (two minutes more where the image is not built yet), and never more than thirty minutes, unless
``lasting`` or ``lessons`` is asked for. On a busy machine the figures tell of the machine: its load average is among
them.

Exit status: 0 when all was measured, 1 when it could not be, 2 for a wrong option, 130 when it was interrupted.
"""

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import click
import msgspec
from rich.console import Console

from lab.demo.view import View
from lab.deployed.image import built
from lab.real import LabUnavailable, machine
from tests.bench import (
    by_hand,
    capacity,
    command_line,
    core,
    crowd,
    environment,
    foresight,
    image,
    large,
    lasting,
    lessons,
    pages,
    processes,
    quiet,
    sharing,
    surge,
    tick,
)
from tests.bench.effort import FULL, QUICK, Effort
from tests.bench.figures import Figures, rounded
from tests.bench.stage import INTERVAL, Stage, raised
from tests.bench.table import tables

_ROOT = Path(__file__).parents[2]
_FILE = _ROOT / "build" / "bench.json"
_USUAL = ("core", "foresight", "cli", "large", "sharing", "pages", "tick", "processes", "by-hand", "surge", "image")
#: Those that take longer than all others together are made only where they are asked for.
_MEASUREMENTS = (*_USUAL, "lasting", "lessons")
_ON_THE_LAB = frozenset({"tick", "processes", "by-hand", "surge", "image"})
_LONGEST = timedelta(minutes=30)
_LONGEST_OF_ALL = timedelta(minutes=75)
_INTERRUPTED = 130


def _chosen(_context: click.Context, _option: click.Parameter, names: str) -> frozenset[str]:
    chosen = frozenset(name.strip() for name in names.split(","))
    if unknown := chosen.difference(_MEASUREMENTS):
        raise click.BadParameter(
            f"{', '.join(map(repr, sorted(unknown)))} cannot be measured, only any of {','.join(_MEASUREMENTS)}"
        )
    return chosen


@click.command()
@click.option(
    "--only",
    "chosen",
    envvar="ONLY",
    default=",".join(_USUAL),
    show_default=True,
    callback=_chosen,
    help="What to measure; the environment always is.",
)
@click.option(
    "--profile",
    "profile_file",
    envvar="PROFILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write where the time of a tick of 1,000 services goes to this file: a flame graph if its name ends in .svg, "
    "else for python -m pstats; measure nothing.",
)
@click.option("--quick", "is_quick", envvar="QUICK", is_flag=True, help="Fewer repetitions: figures to glance at.")
def main(chosen: frozenset[str], profile_file: Path | None, is_quick: bool) -> None:
    """Measure skep on this machine: in a large Swarm, and on a real one."""
    _let_signals_interrupt(_LONGEST_OF_ALL if chosen & {"lasting", "lessons"} else _LONGEST)
    if profile_file is not None:
        large.profile(1_000, profile_file)
        return
    console = Console(highlight=False)
    try:
        figures = _measure(chosen, is_quick=is_quick, view=View(console))
    except LabUnavailable as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("Interrupted; nothing is left behind.", err=True)
        raise SystemExit(_INTERRUPTED) from None
    console.print()
    console.print(tables(figures))
    _write(figures)
    click.echo(f"\nWritten to {os.path.relpath(_FILE)}.")


def _measure(chosen: frozenset[str], *, is_quick: bool, view: View) -> Figures:
    effort = QUICK if is_quick else FULL
    figures: Figures = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "measured": ",".join(name for name in _MEASUREMENTS if name in chosen),
        "is_quick": is_quick,
        **environment.measure(),
        "environment_load_average_before": environment.load_average(),
    }
    figures |= _measure_without_lab(chosen, effort, view)
    if not _ON_THE_LAB.isdisjoint(chosen):
        figures |= _measure_on_lab(chosen, effort, view)
    figures["environment_load_average_after"] = environment.load_average()
    return {name: rounded(figure) for name, figure in figures.items()}


def _measure_without_lab(chosen: frozenset[str], effort: Effort, view: View) -> Figures:
    figures: Figures = {}
    if "core" in chosen:
        with view.doing("The pure core"):
            figures |= core.measure()
            figures |= capacity.measure()
    if "foresight" in chosen:
        with view.doing("Foresight: looks at 1,000 services, and 42 simulated days"):
            figures |= foresight.measure()
    if "cli" in chosen:
        with view.doing("The command line"):
            figures |= command_line.measure(effort)
    if "large" in chosen:
        with view.doing("Ticks of 100, 1,000 and 10,000 services"):
            figures |= large.measure()
    if "sharing" in chosen:
        with view.doing("Ticks of 10,000 services, dealt out over two and four"):
            figures |= sharing.measure()
    if "pages" in chosen:
        with view.doing("The Scaling pages of 10,000 services, after a million entries in the journal"):
            figures |= pages.measure()
    if "lasting" in chosen:
        with view.doing(f"{lasting.TICKS:,} ticks one after the other"):
            figures |= lasting.measure()
    if "lessons" in chosen:
        with view.doing(f"A week of each of {lessons.SERVICES:,} services, and the first look at their rules"):
            figures |= lessons.measure()
    return figures


def _measure_on_lab(chosen: frozenset[str], effort: Effort, view: View) -> Figures:
    machine.require()
    figures: Figures = {}
    if "image" in chosen:
        # Before the lab is up: building takes both cores.
        with view.doing("skep's image, from the Dockerfile"):
            built()
    with raised(view) as stage:
        if "tick" in chosen:
            seen = _quiet(stage, effort, view, f"{effort.quiet_ticks} evaluations of the worker")
            figures |= tick.through_the_worker(seen)
            with view.doing(f"{effort.in_process_ticks} evaluations without Celery"):
                figures |= tick.in_process(stage, effort)
        if "by-hand" in chosen:
            with view.doing("Orders of a person, by skep and by docker"):
                figures |= by_hand.measure(stage, effort)
        if "surge" in chosen:
            with view.doing(f"{effort.surges} surges"):
                figures |= surge.measure(stage, effort)
        if "processes" in chosen:
            with view.doing(f"{crowd.SERVICES} services"):
                crowd.gather(stage)
            seen = _quiet(stage, effort, view, "processes of skep, and those of an application that does nothing")
            figures |= processes.figures(seen.before, seen.after, span=seen.span)
        if "image" in chosen:
            with view.doing(f"{effort.starts} starts of a container"):
                figures |= image.measure(stage, built(), effort)
    return figures


def _quiet(stage: Stage, effort: Effort, view: View, what: str) -> quiet.QuietTime:
    span = effort.quiet_ticks * INTERVAL
    with view.doing(f"{span.total_seconds():.0f} s without load: {what}"):
        return quiet.spend(stage, ticks=effort.quiet_ticks)


def _let_signals_interrupt(longest: timedelta) -> None:
    """Whatever tells us to end, and the time limit, leads through the clean-up."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)

    def time_is_up(_number: int, _frame: FrameType | None) -> None:
        raise LabUnavailable(f"Measuring took longer than {longest}, so it was given up.")

    signal.signal(signal.SIGALRM, time_is_up)
    signal.alarm(int(longest.total_seconds()))


def _write(figures: Figures) -> None:
    _FILE.parent.mkdir(exist_ok=True)
    _FILE.write_bytes(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")


if __name__ == "__main__":
    main()
