"""Policies side by side: what each would have cost, and what it would have been short of."""

from rich.text import Text

from skep.core.foresight.comparison import Comparison, Outcome
from skep.report.layout import Column, Row, Styled, lay_out
from skep.report.words import span

__all__ = ["comparison_table", "heading", "legend"]

_COLUMNS = (
    Column(title="POLICY"),
    *(
        Column(title=title, is_number=True)
        for title in ("HOURS", "SHORT", "MISSING", "IDLE", "DROPPED", "BUSY", "ACTIONS/DAY")
    ),
)

#: What the titles mean, for the end of the table.
legend = """\
HOURS    replica-hours in proportion to an oracle that knows the future
SHORT    share of time with fewer replicas than the load needs at its target (tau U)
MISSING  missing replicas in proportion to those needed, over time (theta U); IDLE the same of surplus ones (theta O)
DROPPED  share of requests beyond what could be served; BUSY of those that met replicas more than 90 % in use
A policy buys less of one with more of the other: compare what costs the same."""


def heading(comparison: Comparison) -> str:
    """What was simulated, in one line."""
    course, model = comparison.course, comparison.course.model
    return (
        f"{course.name}: {span(course.scored_length)} after {span(course.scored_from * model.interval)} of history; "
        f"a replica should carry {model.metric.unit.text(model.target_rps)}, serves up to "
        f"{model.metric.unit.text(model.capacity_rps)} and starts in {span(model.start_delay)}; "
        f"load is seen {span(model.metric_delay)} late"
    )


def comparison_table(comparison: Comparison, *, width: int) -> Text:
    """The table, cheapest policy first, the oracle above all.

    Args:
        comparison: what was found.
        width: characters per line.
    """
    ordered = sorted(comparison.outcomes, key=lambda outcome: outcome.relative_hours)
    rows = [_row(outcome) for outcome in (comparison.oracle, *ordered)]
    return lay_out(_COLUMNS, rows, remarks_title="", width=width)


def _row(outcome: Outcome) -> Row:
    found = outcome.score
    cells = (
        Styled(outcome.name, style="bold"),
        Styled(f"{outcome.relative_hours:.3f}"),
        Styled(_percent(found.missing_time_ratio)),
        Styled(_percent(found.missing_ratio)),
        Styled(_percent(found.idle_ratio)),
        Styled(_percent(found.dropped_ratio, digits=3)),
        Styled(_percent(found.busy_ratio)),
        Styled(f"{found.actions_per_day:.0f}"),
    )
    return Row(lines=(cells,), remarks=(Styled(outcome.about),))


def _percent(ratio: float, *, digits: int = 2) -> str:
    return f"{ratio * 100:.{digits}f}%"
