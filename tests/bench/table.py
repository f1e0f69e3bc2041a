"""Figures as tables for people, 80 columns wide; what no table knows is listed at the end, so that nothing hides."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tests.bench import large, sharing
from tests.bench.by_hand import REPLICAS as REPLICAS_BY_HAND
from tests.bench.capacity import NODES, TASKS
from tests.bench.core import SIZES
from tests.bench.crowd import SERVICES as IDLE_SERVICES
from tests.bench.engine_stand_in import REPLICAS
from tests.bench.figures import Figure, Figures
from tests.bench.large import SIZES as LARGE_SIZES
from tests.bench.lessons import SERVICES as LESSONS
from tests.bench.no_op_stack import NO_OPS
from tests.bench.pages import ENTRIES
from tests.bench.pages import SERVICES as PAGES_SERVICES
from tests.bench.processes import WATCHED
from tests.bench.sharing import SERVICES as SHARED_SERVICES
from tests.bench.sharing import SHARES

__all__ = ["figure_text", "tables"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A label, and the name of the figure in each column; empty where the column does not apply."""

    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    title: str
    columns: tuple[str, ...]
    rows: tuple[_Row, ...]


def _spread_row(label: str, name: str) -> _Row:
    return _Row(label=label, names=tuple(f"{name}_{part}" for part in ("p50", "p95", "min", "max")))


def _process_row(name: str) -> _Row:
    likeness = {no_op: f"{of_skep} that does nothing" for of_skep, no_op in NO_OPS.items()}
    return _Row(
        label=likeness.get(name, name), names=(f"rss_mib_{name}", f"pss_mib_{name}_family", f"idle_cpu_percent_{name}")
    )


_LABEL_WIDTH, _FIGURE_WIDTH = 35, 7

_SPREAD = ("p50", "p95", "min", "max")
_SECTIONS = (
    _Section(
        title="Pure core, three metrics per service",
        columns=("seconds", "µs each", "decisions/s"),
        rows=tuple(
            _Row(
                label=f"{size:,} services",
                names=(
                    f"core_plan_s_{size}_services",
                    f"core_us_per_service_{size}_services",
                    f"core_decisions_per_s_{size}_services",
                ),
            )
            for size in SIZES
        ),
    ),
    _Section(
        title=f"Simulated scheduler, {TASKS:,} swarm tasks on {NODES:,} nodes",
        columns=("seconds",),
        rows=(
            _Row(label="placing them", names=("capacity_place_s",)),
            _Row(label="machines for as many more", names=("capacity_needed_nodes_s",)),
            _Row(label="a verdict on every node", names=("capacity_removable_s",)),
        ),
    ),
    _Section(
        title="Foresight, on one core",
        columns=("seconds",),
        rows=(
            _Row(label="first looks, 1,000 services", names=("foresight_first_looks_of_1000_services_s",)),
            _Row(label="next looks, 1,000 services", names=("foresight_further_looks_of_1000_services_s",)),
            _Row(label="the HPA over 42 days", names=("foresight_hpa_over_42_days_s",)),
            _Row(label="replay over 42 days", names=("foresight_replay_over_42_days_s",)),
        ),
    ),
    _Section(
        title="First looks at rules, a week in a real InfluxDB",
        columns=("seconds", "CPU s", "its CPU s", "MiB", "calls"),
        rows=(
            _Row(
                label=f"{LESSONS:,} services",
                names=tuple(
                    f"lessons_first_{LESSONS}_services_{part}"
                    for part in ("s", "cpu_s", "database_cpu_s", "rss_mib", "calls")
                ),
            ),
        ),
    ),
    _Section(
        title="One evaluation, real InfluxDB and Redis, an engine's answers",
        columns=("seconds", "CPU s", "MiB", "requests"),
        rows=tuple(
            _Row(
                label=f"{size:,} services, {size * REPLICAS:,} swarm tasks",
                names=(
                    large.seconds_name(size),
                    f"tick_{size}_services_cpu_s",
                    f"tick_{size}_rss_mib",
                    f"roundtrips_per_tick_{size}",
                ),
            )
            for size in LARGE_SIZES
        ),
    ),
    _Section(
        title=f"One evaluation of {SHARED_SERVICES:,} services by Celery workers on two cores",
        columns=("seconds", "of one's"),
        rows=tuple(
            _Row(
                label="by one" if shares == 1 else f"dealt out over {shares}",
                names=(
                    sharing.seconds_name(SHARED_SERVICES, shares),
                    "" if shares == 1 else f"ratio_{SHARED_SERVICES}_shards_{shares}",
                ),
            )
            for shares in SHARES
        ),
    ),
    _Section(
        title=f"Scaling pages, {PAGES_SERVICES:,} services, {ENTRIES:,} entries in the journal",
        columns=("seconds",),
        rows=(
            _Row(label="services, the first page", names=(f"scaling_page_{PAGES_SERVICES}_services_s",)),
            _Row(label="services, the last page", names=(f"scaling_last_page_{PAGES_SERVICES}_services_s",)),
            _Row(label="history", names=(f"scaling_history_{PAGES_SERVICES}_services_s",)),
            _Row(label="history of one actor", names=(f"scaling_filtered_history_{PAGES_SERVICES}_services_s",)),
        ),
    ),
    _Section(
        title="Asking for each of 1,000 services by itself",
        columns=("seconds", "times"),
        rows=(_Row(label="one round", names=("per_service_query_1000_s", "ratio_per_service_query_1000")),),
    ),
    _Section(
        title="One evaluation on the real Swarm, in seconds",
        columns=_SPREAD,
        rows=(
            _spread_row("by the worker, no load", "lab_tick_s"),
            _spread_row("by the worker, in surges", "lab_tick_under_load_s"),
            _spread_row("without Celery, back to back", "lab_tick_in_process_s"),
        ),
    ),
    _Section(
        title="What one evaluation asks",
        columns=("requests",),
        rows=(
            _Row(label="the Docker engine", names=("lab_docker_calls_per_tick",)),
            _Row(label="InfluxDB", names=("lab_influx_queries_per_tick",)),
        ),
    ),
    _Section(
        title=f"From a person's word to {REPLICAS_BY_HAND} running replicas, in seconds",
        columns=_SPREAD,
        rows=(
            _spread_row("skep scale", "scale_by_skep_s"),
            _spread_row("docker service scale", "scale_by_docker_s"),
        ),
    ),
    _Section(
        title="From surge to enough running replicas, in seconds",
        columns=_SPREAD,
        rows=(_spread_row("2 to 6 replicas", "surge_to_running_s"),),
    ),
    _Section(
        title="Requests of clients meanwhile",
        columns=("sent", "failed"),
        rows=(_Row(label="at the proxy", names=("surge_requests", "surge_failed_requests")),),
    ),
    _Section(
        title=f"Processes without load, {IDLE_SERVICES} services",
        columns=("RSS MiB", "family PSS MiB", "CPU % of a core"),
        rows=(
            *map(_process_row, WATCHED),
            *(
                _Row(
                    label=f"{name} : one that does nothing",
                    names=("", f"ratio_no_op_{name}_pss", f"ratio_no_op_{name}_idle_cpu"),
                )
                for name in NO_OPS
            ),
        ),
    ),
    _Section(
        title="The image of the Dockerfile",
        columns=("",),
        rows=(
            _Row(label="size, MiB", names=("image_mib",)),
            _Row(label="a container's skep --help, seconds", names=("cold_start_s",)),
        ),
    ),
    _Section(
        title="Command line, a fresh process",
        columns=("seconds",),
        rows=(
            _Row(label="skep --help", names=("cli_help_s",)),
            _Row(label="python -c pass", names=("python_start_s",)),
            _Row(label="skep --help : python -c pass", names=("ratio_python_start_cli_help",)),
        ),
    ),
)


def tables(figures: Figures) -> RenderableType:
    """One table per subject that was measured, then all other figures by their names."""
    shown = [_table(section, figures) for section in _SECTIONS if _rows(section, figures)]
    known = {name for section in _SECTIONS for row in section.rows for name in row.names}
    others = {name: figure for name, figure in figures.items() if name not in known}
    return Group(*shown, *([_listing(others)] if others else []))


def figure_text(figure: Figure) -> str:
    """Three digits, or all before the point; words as they are."""
    if isinstance(figure, bool):
        return "yes" if figure else "no"
    if isinstance(figure, str):
        return figure
    if isinstance(figure, int) or abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:#.3g}" if figure else "0"


def _rows(section: _Section, figures: Figures) -> Sequence[_Row]:
    return [row for row in section.rows if not figures.keys().isdisjoint(row.names)]


def _table(section: _Section, figures: Figures) -> Table:
    table = _titled(section.title)
    for column in section.columns:
        table.add_column(column, justify="right", header_style="dim", min_width=_FIGURE_WIDTH)
    for row in _rows(section, figures):
        table.add_row(row.label, *(_cell(name, figures) for name in row.names))
    table.add_row()
    return table


def _cell(name: str, figures: Figures) -> str:
    return figure_text(figures[name]) if name in figures else ""


def _listing(figures: Figures) -> Table:
    table = _titled("Circumstances")
    table.show_header = False
    table.add_column(overflow="fold")
    for name, figure in figures.items():
        table.add_row(name, Text(figure_text(figure)))
    return table


def _titled(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column(min_width=_LABEL_WIDTH)
    return table
