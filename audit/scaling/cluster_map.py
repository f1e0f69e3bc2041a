"""The map of the cluster: nodes as columns, swarm tasks as boxes; a large Swarm from afar too."""

from zlib import crc32

from audit.scaling.html import Html, joined, tag
from skep.operations.cluster_map import Box, ClusterMap, NodeColumn, NodeOutline

__all__ = ["map_of_cluster"]

_HUES = 360
_BROKEN = frozenset({"failed", "rejected", "orphaned"})
_PERCENT = 100


def map_of_cluster(lying: ClusterMap, *, address: str, page: int, page_size: int) -> Html:
    """What lies where.

    Args:
        lying: the nodes of this page, and all of them from afar.
        address: of the page with the map.
        page: which one this is, beginning with 1.
        page_size: so many nodes are on a page.
    """
    columns = [_column(each, away=not each.is_ready or each.availability != "active") for each in lying.columns]
    if lying.unplaced.boxes:
        columns.insert(0, _unplaced(lying.unplaced))
    return joined(
        tag("h2", "Where swarm tasks lie", id="map"),
        tag(
            "p",
            "A column is a node, a box a swarm task of a service, and a colour a service. "
            "What does not run yet has a broken edge and tells its state.",
            class_="quiet",
        ),
        _from_afar(lying, address, page, page_size),
        tag("div", *columns, class_="map"),
    )


def _from_afar(lying: ClusterMap, address: str, page: int, page_size: int) -> Html:
    """All nodes as small fields, each of which leads to its page."""
    if not lying.outlines:
        return Html("")
    most = max(each.swarm_tasks for each in lying.outlines) or 1
    fields = [
        _field(each, number, page_size=page_size, page=page, address=address, most=most)
        for number, each in enumerate(lying.outlines)
    ]
    caption = f"All {lying.total:,} nodes; the fuller a field, the more swarm tasks it has (at most {most})."
    return joined(tag("p", caption, class_="quiet"), tag("ul", *fields, class_="outlines", aria_label="All nodes"))


def _field(outline: NodeOutline, number: int, *, page_size: int, page: int, address: str, most: int) -> Html:
    its_page = number // page_size + 1
    told = _outline_text(outline)
    more = {"aria_current": "true"} if its_page == page else {}
    if number % page_size:
        # Who goes through the links by keyboard stops once for each page, not a thousand times.
        more["tabindex"] = "-1"
    return tag(
        "li",
        tag(
            "a",
            href=f"{address}?page={its_page}",
            title=told,
            aria_label=told,
            class_=_outline_class(outline),
            style=f"--fill: {_PERCENT * outline.swarm_tasks // most}%",
            **more,
        ),
    )


def _outline_text(outline: NodeOutline) -> str:
    waiting = f", {outline.waiting} of them not running" if outline.waiting else ""
    return f"{outline.hostname}: {_count(outline.swarm_tasks)}{waiting}, {_state(outline)}"


def _outline_class(outline: NodeOutline) -> str:
    if not outline.is_ready or outline.availability != "active":
        return "away"
    return "waits" if outline.waiting else "runs"


def _unplaced(column: NodeColumn) -> Html:
    errors = dict.fromkeys(box.error for box in column.boxes if box.error)
    return tag(
        "section",
        tag("h3", "no node yet"),
        tag("p", "; ".join((_count(column.swarm_tasks), *errors)), class_="quiet"),
        _boxes(column),
        class_="unplaced",
        role="group",
        aria_label=f"no node yet: {_count(column.swarm_tasks)}",
    )


def _column(column: NodeColumn, *, away: bool) -> Html:
    told = ", ".join(part for part in (_count(column.swarm_tasks), _state(column), column.pool) if part)
    return tag(
        "section",
        tag("h3", column.hostname),
        tag("p", told, class_="quiet"),
        _boxes(column),
        class_="away" if away else "here",
        role="group",
        aria_label=f"{column.hostname}: {told}",
    )


def _boxes(column: NodeColumn) -> Html:
    if not column.boxes:
        return tag("p", "nothing", class_="quiet")
    more = [tag("li", f"and {column.more:,} more", class_="quiet")] if column.more else []
    return tag("ul", *map(_box, column.boxes), *more)


def _box(box: Box) -> Html:
    name = box.service if box.slot is None else f"{box.service}.{box.slot}"
    told = f"{box.count:,} of {name}" if box.count > 1 else name
    kind = "runs" if box.runs else "broken" if box.state in _BROKEN else "waits"
    state = [] if box.runs else [" ", tag("em", box.state)]
    return tag(
        "li",
        told,
        *state,
        class_=f"box {kind}",
        style=f"--hue: {crc32(box.service.encode()) % _HUES}",
        title=": ".join(part for part in (told, box.state, box.error) if part),
    )


def _count(swarm_tasks: int) -> str:
    return f"{swarm_tasks:,} swarm task{'' if swarm_tasks == 1 else 's'}"


def _state(seen: NodeColumn | NodeOutline) -> str:
    return seen.availability if seen.is_ready else f"not ready, {seen.availability}"
