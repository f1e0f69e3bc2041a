"""What the history of a service suggests for its labels, as a text."""

from collections.abc import Iterable, Iterator

from skep.core.foresight.advice import Advice
from skep.core.foresight.model import METRIC_DELAY
from skep.report.paragraphs import set_story

__all__ = ["advice_text"]


def advice_text(advice: Advice, *, width: int = 80) -> str:
    """Proposals with their evidence, and the labels at the end, ready to be copied.

    Args:
        advice: what was found out.
        width: characters per line.
    """
    return set_story(_story(advice), width)


def _story(advice: Advice) -> Iterator[Iterable[str]]:
    text = advice.unit.text
    days = advice.known.total_seconds() / 86400
    known = f"{days:.1f} days" if days >= 1 else f"{days * 24:.0f} hours"
    said = "as measured on those that run" if advice.is_start_delay_measured else "which is assumed"
    delay_s = advice.start_delay.total_seconds()
    yield [
        f"{known} of {advice.metric} of {advice.service} are known.",
        f"A replica serves {delay_s:.0f} s after its order, {said}.",
        _what_is_seen(advice),
    ]
    now, then = advice.bounds, advice.proposed_bounds
    yield [
        f"Bounds: {then.min_replicas} to {then.max_replicas} (now {now.min_replicas} to {now.max_replicas}).",
        f"  The load was hardly ever below {text(advice.lowest)} and at most {text(advice.highest)}.",
        f"  A replica should carry {text(advice.target_value)}; a quarter is left for what was not seen yet.",
    ]
    if advice.proposed_price is None:
        yield ["Price: nothing can be said before a day of the load is known."]
    else:
        yield [
            f"Price: {advice.proposed_price:g}, the lowest that is seldom late. The best rule for each, on average:",
            *(
                f"  {option.price:g}: {option.replicas:.2f} replicas, short of {option.missing:.3f} ({option.rule})"
                for option in advice.prices
            ),
        ]
    yield _capacity(advice)
    yield ["In labels:", *(f'  {label}: "{value}"' for label, value in _labels(advice))]


def _what_is_seen(advice: Advice) -> str:
    delay = advice.metric_delay
    if delay is None:
        assumed_s = METRIC_DELAY.total_seconds()
        return f"Load is taken to be seen {assumed_s:.0f} s after it came: too few evaluations have told yet."
    return f"Load is {delay.sentence}."


def _capacity(advice: Advice) -> list[str]:
    text, capacity = advice.unit.text, advice.capacity
    if capacity is None or advice.proposed_target is None:
        return [
            "Target: nothing can be said.",
            "  It takes two hours of decisions with this load and skep.cpu in percent, under loads that differ.",
        ]
    return [
        f"Target: {text(advice.proposed_target)} (now {text(advice.target_value)}).",
        f"  That is 70 % of what a replica seems to carry: {text(capacity.load)}, give or take {text(capacity.error)},",
        f"  as its processor tells at {capacity.points} moments. Something else may give in earlier: try it first.",
    ]


def _labels(advice: Advice) -> Iterator[tuple[str, str]]:
    yield "skep.min", str(advice.proposed_bounds.min_replicas)
    yield "skep.max", str(advice.proposed_bounds.max_replicas)
    if advice.proposed_price is not None:
        yield "skep.tune", "shadow"
        yield "skep.price", f"{advice.proposed_price:g}"
