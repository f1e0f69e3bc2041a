"""The findings as text: lines for the terminal, and a document to keep."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from lab.evaluation.findings import Average, Duel
from lab.evaluation.runs import FAMILY, USUAL, Line
from skep.core.foresight.contenders import BASELINES, PRICE, replay
from skep.core.foresight.contenders.ablations import ablations

__all__ = ["average_line", "document", "duel_line", "run_line"]

_NAME_WIDTH = 22
_HEAD = (
    "| policy | hours / oracle | θU % | θO % | τU % | τO % | instability % | dropped % | > 90 % busy % | actions/day |"
)
_RULE = "|---|---|---|---|---|---|---|---|---|---|"


def run_line(line: Line) -> str:
    """One run, in one line of the terminal."""
    found = line.score
    figures = _figures(
        line.relative_hours, found.missing_time_ratio, found.missing_ratio, found.dropped_ratio, found.busy_ratio
    )
    return (
        f"{line.trace:<{_NAME_WIDTH}} {line.condition:<12}{line.policy:<{_NAME_WIDTH}} {figures}  "
        f"{found.actions_per_day:>6.0f} actions/day  {line.cpu_s:>5.1f} s"
    )


def average_line(average: Average) -> str:
    """The mean of one policy, in one line of the terminal."""
    figures = _figures(average.relative_hours, average.short, average.missing, average.dropped, average.busy)
    return (
        f"{'average':<{_NAME_WIDTH}} {average.condition:<12}{average.policy:<{_NAME_WIDTH}} {figures}  "
        f"{average.actions_per_day:>6.0f} actions/day"
    )


def _figures(hours: float, short: float, missing: float, dropped: float, busy: float) -> str:
    return (
        f"hours {hours:>6.3f}  tau_U {short * 100:>6.2f}%  theta_U {missing * 100:>6.2f}%  "
        f"dropped {dropped * 100:>6.3f}%  busy {busy * 100:>6.2f}%"
    )


def duel_line(duel: Duel) -> str:
    """A comparison at equal replica-hours, in one line of the terminal."""
    sides = "  ".join(
        f"{side.figure} {side.theirs * 100:.2f}% -> {side.ours * 100:.2f}% ({side.not_worse}/{duel.traces})"
        for side in duel.sides
    )
    return f"at the hours of {duel.policy:<{_NAME_WIDTH}} {sides}"


def document(
    lines: Sequence[Line],
    means: Sequence[Average],
    battles: Sequence[Duel],
    parts: Sequence[Duel],
    *,
    environment: Mapping[str, str],
    pictures: Mapping[str, str],
) -> str:
    """The whole of it in Markdown.

    Args:
        lines: of every run.
        means: over all traces.
        battles: baselines against replay at equal replica-hours.
        parts: replay without one part each.
        environment: where it was measured.
        pictures: title and file, relative to the document.
    """
    traces = sorted({line.trace for line in lines})
    sections = (
        _introduction(traces),
        _averages(means),
        *(f"![{title}]({file})" for title, file in pictures.items()),
        _battles(battles),
        _parts(parts, means),
        _other_conditions(means),
        *(_of_trace(trace, lines) for trace in traces),
        _speed(lines),
        _environment(environment),
    )
    return "\n\n".join(section for section in sections if section) + "\n"


def _introduction(traces: Sequence[str]) -> str:
    return f"""# Evaluation

Made by `make evaluate TRACES=<folder>`; not written by hand. Traces: {", ".join(traces)}.

What the columns mean, the model, and how `replay` works: [foresight.md](foresight.md). Hours are replica-hours in
proportion to those of an oracle that knows the future; θU, τU, dropped and busy are what a service is short of, θO and
τO what is idle. Any policy buys less of the one with more of the other, so only a comparison at equal hours tells which
is better. A replica serves {USUAL.name} after its order unless said otherwise. `replay` without a price is
`skep.price={PRICE:g}`."""


def _averages(means: Sequence[Average]) -> str:
    usual = [mean for mean in means if mean.condition == USUAL.name and not _is_part(mean.policy)]
    return "\n".join(("## Averages over the traces", "", _HEAD, _RULE, *map(_average_row, usual)))


def _average_row(mean: Average) -> str:
    return (
        f"| {mean.policy} | {mean.relative_hours:.3f} | {mean.missing * 100:.2f} | {mean.idle * 100:.1f} "
        f"| {mean.short * 100:.2f} | {mean.idle_time * 100:.1f} | {mean.instability * 100:.1f} "
        f"| {mean.dropped * 100:.3f} | {mean.busy * 100:.2f} | {mean.actions_per_day:.0f} |"
    )


def _battles(battles: Sequence[Duel]) -> str:
    head = "| baseline | hours | τU % | θU % | dropped % | > 90 % busy % | not worse on (τU / θU / dropped / busy) |"
    rows = [
        f"| {duel.policy} | {duel.relative_hours:.3f} | "
        + " | ".join(_sides(duel))
        + f" | {' / '.join(str(side.not_worse) for side in duel.sides)} of {duel.traces} |"
        for duel in battles
    ]
    prices = ", ".join(f"{price:g}" for price in FAMILY)
    text = (
        "## At equal replica-hours\n\n"
        f"`replay` at the prices {prices}, drawn straight between them to the hours of each baseline on each trace;"
        " where a baseline costs more than the highest price, or less than the lowest, that price is compared.\n"
    )
    return "\n".join((text, head, "|---|---|---|---|---|---|---|", *rows, *_remarks(battles)))


def _sides(duel: Duel) -> Iterable[str]:
    digits = {"dropped": 3}
    for side in duel.sides:
        places = digits.get(side.figure, 2)
        yield f"{side.theirs * 100:.{places}f} -> {side.ours * 100:.{places}f}"


def _remarks(battles: Sequence[Duel]) -> Iterable[str]:
    yield ""
    for duel in battles:
        if duel.lost:
            yield f"- {duel.policy} is better in {', '.join(duel.lost)}."
        if duel.dearer:
            yield f"- {duel.policy} costs less than `replay` at its lowest price on {', '.join(duel.dearer)}."


def _parts(parts: Sequence[Duel], means: Sequence[Average]) -> str:
    if not parts:
        return ""
    about = {each.name: each.about for each in ablations()}
    mean = {each.policy: each for each in means if each.condition == USUAL.name}
    whole = mean[replay(PRICE).name]
    rows = [
        f"| {duel.policy} | {about.get(duel.policy, '')} | {duel.relative_hours:.3f} | "
        + " | ".join(_sides(duel))
        + f" | {mean[duel.policy].actions_per_day:.0f} |"
        for duel in parts
    ]
    text = (
        "## What each part is worth\n\n"
        "`replay` with one part left out, and beside it all of it for the same hours. All of it at its usual price: "
        f"hours {whole.relative_hours:.3f}, τU {whole.short * 100:.2f} %, θU {whole.missing * 100:.2f} %, dropped "
        f"{whole.dropped * 100:.3f} %, {whole.actions_per_day:.0f} actions a day. What choosing is worth shows "
        "against `margin` above, which follows one rule always.\n"
    )
    head = "| left out | what remains | hours | τU % | θU % | dropped % | > 90 % busy % | actions/day |"
    return "\n".join((text, head, "|---|---|---|---|---|---|---|---|", *rows))


def _other_conditions(means: Sequence[Average]) -> str:
    others = [mean for mean in means if mean.condition != USUAL.name]
    if not others:
        return ""
    text = (
        "A replica serves later; or requests come by chance, as if each replica served 25 a second, which traces in"
        " long buckets hide."
    )
    parts = ["## Slower starts, and noise", "", text, ""]
    for condition, group in groupby(others, lambda mean: mean.condition):
        parts += [f"{condition}:", "", _HEAD, _RULE, *map(_average_row, group), ""]
    return "\n".join(parts).rstrip()


def _of_trace(trace: str, lines: Sequence[Line]) -> str:
    usual = [
        line for line in lines if line.trace == trace and line.condition == USUAL.name and not _is_part(line.policy)
    ]
    return "\n".join((f"## {trace}", "", _HEAD, _RULE, *map(_run_row, usual)))


def _run_row(line: Line) -> str:
    found = line.score
    return (
        f"| {line.policy} | {line.relative_hours:.3f} | {found.missing_ratio * 100:.2f} | {found.idle_ratio * 100:.1f} "
        f"| {found.missing_time_ratio * 100:.2f} | {found.idle_time_ratio * 100:.1f} "
        f"| {found.instability_ratio * 100:.1f} | {found.dropped_ratio * 100:.3f} | {found.busy_ratio * 100:.2f} "
        f"| {found.actions_per_day:.0f} |"
    )


def _speed(lines: Sequence[Line]) -> str:
    rows = []
    for name in (BASELINES[1].name, replay(PRICE).name):
        own = [line for line in lines if line.policy == name]
        evaluations, cpu_s = sum(line.evaluations for line in own), sum(line.cpu_s for line in own)
        rows.append(f"| {name} | {evaluations} | {cpu_s / evaluations * 1e6:.0f} |")
    text = "## Speed\n\nEach evaluation goes through `plan()`, as in the Swarm; `replay` learns and chooses besides.\n"
    return "\n".join((text, "| policy | evaluations | µs of processor time each |", "|---|---|---|", *rows))


def _environment(environment: Mapping[str, str]) -> str:
    return "\n".join(("## Environment", "", *(f"- {name}: {value}" for name, value in environment.items())))


def _is_part(policy: str) -> bool:
    return policy in {each.name for each in ablations()}
