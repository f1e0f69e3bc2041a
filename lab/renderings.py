"""The boards as they look with a real InfluxDB's answers in them: `python -m lab.renderings` writes PNGs.

Chronograf and Grafana show the same statements; this is for where neither can be installed.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from influxdb import InfluxDBClient

from lab.real import Lab, LabUnavailable, direct
from skep.core.metrics.backends import Proxy
from skep.report.board_figure import Answered, board_png, words_of_time
from skep.report.dashboards import Board, Statement, swarm

__all__ = ["FOLDER", "render"]

#: Where `make shots` looks.
FOLDER = Path(__file__).resolve().parents[1] / "build" / "shots"
_CALL_TIMEOUT_S = 10
_STEPS = 60


def render(
    client: InfluxDBClient, folder: Path, *, proxy: Proxy, span: timedelta = timedelta(hours=1)
) -> tuple[Path, tuple[str, ...]]:
    """Ask every statement of a board and draw the answers.

    Args:
        client: of the InfluxDB with Telegraf's points and skep's journal, as a user who may read both.
        folder: where the picture goes; made if missing.
        proxy: whose board.
        span: how far back; the last so many minutes up to now.

    Returns:
        The picture, and the names of the cells for which nothing was found.
    """
    board, end = swarm(proxy), datetime.now(UTC)
    begin = end - span
    every_s = max(int(span.total_seconds()) // _STEPS, 1)
    words = {
        **words_of_time(begin=begin, end=end, every_s=every_s),
        **{variable.name: ".*" for variable in board.variables},
    }
    answers = [[_answered(client, statement, words) for statement in cell.statements] for cell in board.cells]
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"board-{proxy}.png"
    picture.write_bytes(board_png(board, answers, begin=begin, end=end))
    return picture, _empty(board, answers)


def _answered(client: InfluxDBClient, statement: Statement, words: dict[str, str]) -> list[Answered]:
    question = {"q": statement.written(words), "db": "telegraf", "epoch": "s"}
    # Otherwise the library asks for another format, which it would read by itself.
    found: Any = client.request("query", params=question, headers={"Accept": "application/json"}).json()
    return [
        Answered(
            tags=series.get("tags", {}), columns=tuple(series["columns"]), rows=tuple(map(tuple, series["values"]))
        )
        for result in found["results"]
        for series in result.get("series", ())
    ]


def _empty(board: Board, answers: list[list[list[Answered]]]) -> tuple[str, ...]:
    return tuple(cell.name for cell, found in zip(board.cells, answers, strict=True) if not any(found))


@click.command()
@click.option("--lab", "name", default="skep", show_default=True, help="The lab whose InfluxDB is asked.")
@click.option("--influx", metavar="HOST:PORT", help="Another InfluxDB instead, for example 198.18.0.14:8086.")
@click.option("--user", default="", help="A user who may read telegraf and skep.")
@click.option("--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--minutes", type=click.IntRange(1, 10_000), default=60, show_default=True, help="How far back.")
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="Where pictures go (build/shots).")
def main(name: str, influx: str | None, user: str, password_file: Path | None, minutes: int, folder: Path) -> None:
    """Draw the boards of a running lab, or of any InfluxDB."""
    try:
        host, _, port = (influx or Lab.attach(name).status().influx_url.removeprefix("http://")).partition(":")
    except LabUnavailable as error:
        raise click.ClickException(str(error)) from error
    password = password_file.read_text().strip() if password_file else ""
    with InfluxDBClient(
        host=host, port=int(port or 8086), username=user, password=password, timeout=_CALL_TIMEOUT_S, retries=1,
        session=direct.session(),
    ) as client:  # fmt: skip
        for proxy in Proxy:
            picture, empty = render(client, folder, proxy=proxy, span=timedelta(minutes=minutes))
            click.echo(f"{picture}{': nothing found for ' + ', '.join(empty) if empty else ''}")


if __name__ == "__main__":
    main()
