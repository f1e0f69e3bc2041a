"""``python -m lab.evaluation FOLDER``, which is what ``make evaluate TRACES=FOLDER`` runs.

Prints one line per trace and policy, then the averages and the comparison at equal replica-hours; writes
``build/evaluation.json`` and ``docs/evaluation.md`` with its pictures. Takes minutes: all traces go through skep's own
core dozens of times.

Exit status: 0 when all was evaluated, 1 when a trace could not be read, 2 for a wrong option.
"""

import os
from pathlib import Path

import click
import msgspec

from lab.evaluation.findings import Average, averages, duels, worth_of_parts
from lab.evaluation.machine import environment
from lab.evaluation.pictures import draw
from lab.evaluation.runs import Scope, carry_out, runs, traces_in
from lab.evaluation.text import average_line, document, duel_line, run_line
from skep.config.trace_file import TraceFileError
from skep.config.units import UnitError, read_duration
from skep.errors import SkepError

__all__ = ["main"]

_ROOT = Path(__file__).parents[2]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--quick", "is_quick", envvar="QUICK", is_flag=True, help="The usual condition only, and no ablations or pictures."
)
@click.option("--history", envvar="HISTORY", default="7d", show_default=True, help="What is learned from first.")
@click.option(
    "--processes", envvar="PROCESSES", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="How many at once."
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_ROOT / "build" / "evaluation.json",
    help="Where the figures go.",
)
@click.option(
    "--document",
    "document_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_ROOT / "docs" / "evaluation.md",
    help="Where the document goes; its pictures go beside it.",
)
def main(*, folder: Path, is_quick: bool, history: str, processes: int, json_path: Path, document_path: Path) -> None:
    """Evaluate policies on every trace (*.csv, *.csv.gz) of a folder."""
    paths = traces_in(folder)
    if not paths:
        raise click.UsageError(f"{folder} has no files that end in .csv or .csv.gz")
    try:
        scope = Scope(has_ablations=not is_quick, has_other_conditions=not is_quick, history=read_duration(history))
        lines = carry_out(runs(paths, scope), processes=processes, tell=lambda line: click.echo(run_line(line)))
    except (TraceFileError, UnitError, SkepError) as error:
        raise click.ClickException(str(error)) from error
    means, battles, parts = averages(lines), duels(lines), worth_of_parts(lines)
    _print(means, [duel_line(duel) for duel in battles])
    where = environment()
    _write(
        json_path,
        msgspec.json.format(
            msgspec.json.encode(
                {"environment": where, "runs": lines, "averages": means, "equal_hours": battles, "parts": parts}
            )
        ),
    )
    pictures = {} if is_quick else draw(paths, scope, means, folder=document_path.with_suffix(""), processes=processes)
    text = document(lines, means, battles, parts, environment=where, pictures=pictures)
    _write(document_path, text.encode())
    click.echo(f"\n{json_path}\n{document_path}")


def _print(means: tuple[Average, ...], equal: list[str]) -> None:
    click.echo()
    for mean in means:
        click.echo(average_line(mean))
    click.echo()
    for line in equal:
        click.echo(line)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    main()
