"""The chronicle of a service as a picture, or as a page with its picture and what happened."""

import base64
import html
from datetime import datetime, tzinfo

from skep.core.action import AUTOSCALER
from skep.core.chronicle import Chronicle
from skep.core.decision import plural
from skep.report.words import moment, one_line, span

__all__ = ["chronicle_heading", "chronicle_page", "draw_chronicle"]


def draw_chronicle(told: Chronicle, *, zone: tzinfo | None) -> bytes:
    """Draw it as a PNG of 1600 x 1000 pixels: load and target above, replicas and changes below.

    Args:
        told: with one moment at least.
        zone: in which instants are written; ``None`` for UTC.

    Raises:
        ModuleNotFoundError: matplotlib is not installed (the extra ``charts`` brings it).
    """
    from skep.report.chronicle_figure import png  # noqa: PLC0415 - matplotlib is an extra, and slow to import

    return png(told, title=one_line(told.service), subtitle=chronicle_heading(told), zone=zone)


def chronicle_heading(told: Chronicle) -> str:
    """``24 h, 12 changes, 2 of them by people, 3 to 9 replicas``."""
    changes = [each for each in told.happenings if each.replicas_before != each.replicas_after]
    by_people = sum(each.actor != AUTOSCALER for each in changes)
    counts = [moment.replicas for moment in told.moments] or [0]
    replicas = plural(counts[0]) if min(counts) == max(counts) else f"{min(counts)} to {plural(max(counts))}"
    cut = "; the beginning does not fit" if told.is_cut else ""
    return (
        f"{span(told.until - told.since)}, {len(changes)} {'change' if len(changes) == 1 else 'changes'}, "
        f"{by_people} of them not by skep itself, {replicas}{cut}"
    )


def chronicle_page(told: Chronicle, *, now: datetime) -> str:
    """A page that needs nothing beside it: the picture, and what happened, the newest first.

    Args:
        told: with one moment at least.
        now: the present instant, in the zone in which instants are written.

    Raises:
        ModuleNotFoundError: as for :func:`draw_chronicle`.
    """
    picture = base64.b64encode(draw_chronicle(told, zone=now.tzinfo)).decode()
    title, heading = html.escape(one_line(told.service)), html.escape(chronicle_heading(told))
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(one_line(cell))}</td>"
            for cell in (
                moment(each.at, now),
                f"{each.replicas_before} → {each.replicas_after}",
                each.actor,
                each.sentence,
            )
        )
        + "</tr>"
        for each in reversed(told.happenings)
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        "<style>body{font-family:sans-serif;margin:2em;color:#22303c}img{max-width:100%}"
        "table{border-collapse:collapse;font-size:14px}th,td{text-align:left;padding:4px 12px 4px 0;vertical-align:top}"
        "th{color:#7b8794;font-weight:normal}</style></head>\n"
        f"<body><h1>{title}</h1><p>{heading}</p>\n"
        f'<img alt="load, target and replicas over time" src="data:image/png;base64,{picture}">\n'
        f"<table><tr><th>when ({html.escape(f'{now:%Z}')})</th><th>replicas</th><th>who</th><th>what</th></tr>\n"
        f"{rows}\n</table></body></html>\n"
    )
