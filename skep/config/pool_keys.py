"""Every key that a pool may have in the policy file, once: what it means, how it is written, what holds without it."""

from collections.abc import Iterator
from dataclasses import dataclass

from skep.config.form import COUNT, DURATION, FLAG, MAXIMUM, NUMBER, TEXT, Form, choice, text
from skep.core.policy import Tune

__all__ = ["POOL_KEYS", "PROVIDERS", "PoolKey", "every_key"]

#: What makes and takes away machines; each has a mapping of its own, named like it.
PROVIDERS = ("standby", "command", "aws", "hcloud", "lab")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolKey:
    """One key of a pool.

    Attributes:
        name: with those that lead to it: ``scale-down.after``.
        default: the text that holds without it, if any.
        otherwise: what holds without it in words, where there is no default text.
        keys: those below it, where it is a mapping.
        is_list: whether it is a list of such mappings.
        may_be_off: whether ``off`` may stand in place of the mapping.
    """

    name: str
    meaning: str
    form: Form = TEXT
    example: str = ""
    default: str | None = None
    otherwise: str = "none"
    keys: tuple["PoolKey", ...] = ()
    is_list: bool = False
    may_be_off: bool = False

    @property
    def key(self) -> str:
        """What stands in the file."""
        return self.name.rpartition(".")[2]


def every_key(keys: tuple[PoolKey, ...]) -> Iterator[PoolKey]:
    """These keys and all below them, in the order in which people read about them."""
    for key in keys:
        yield key
        yield from every_key(key.keys)


_PERCENT = text("percent")


def _use_limits(name: str, *, ratio: str, after: str, more: tuple[PoolKey, ...] = (), meaning: str) -> PoolKey:
    return PoolKey(
        name=name,
        meaning=meaning,
        example=f"{{cpu: {ratio}, after: {after}}}",
        may_be_off=True,
        keys=(
            PoolKey(name=f"{name}.cpu", meaning="Of the processors.", form=_PERCENT, default=ratio, example=ratio),
            PoolKey(name=f"{name}.memory", meaning="Of the memory.", form=_PERCENT, default=ratio, example=ratio),
            PoolKey(
                name=f"{name}.after",
                meaning="For how long it must have been so.",
                form=DURATION,
                default=after,
                example=after,
            ),
            *more,
        ),
    )


POOL_KEYS: tuple[PoolKey, ...] = (
    PoolKey(name="min", meaning="The fewest nodes.", form=COUNT, default="0", example="2"),
    PoolKey(name="max", meaning="The most nodes.", form=MAXIMUM, otherwise="required", example="10"),
    PoolKey(
        name="provider",
        meaning="What makes and takes away its machines; its own settings stand below a key of that name.",
        form=choice(PROVIDERS),
        otherwise="required",
        example="hcloud",
    ),
    PoolKey(
        name="headroom",
        meaning="Room kept free on purpose.",
        example="{nodes: 1}",
        keys=(
            PoolKey(name="headroom.nodes", meaning="Whole empty nodes.", form=COUNT, default="0", example="1"),
            PoolKey(name="headroom.cpu", meaning="Of all processors.", form=_PERCENT, default="0%", example="10%"),
            PoolKey(name="headroom.memory", meaning="Of all memory.", form=_PERCENT, default="0%", example="10%"),
        ),
    ),
    _use_limits(
        "scale-up",
        ratio="80%",
        after="3m",
        meaning="The mean use above which it grows though everything fits; `off` leaves only what does not fit.",
    ),
    _use_limits(
        "scale-down",
        ratio="50%",
        after="10m",
        meaning="A node whose use is no higher may go, if all of it fits elsewhere; `off` keeps every node.",
        more=(
            PoolKey(
                name="scale-down.delay-after-up",
                meaning="How long after a node was added none is removed.",
                form=DURATION,
                default="10m",
                example="10m",
            ),
            PoolKey(
                name="scale-down.delay-after-failure",
                meaning="How long after a failed removal none is tried.",
                form=DURATION,
                default="3m",
                example="3m",
            ),
        ),
    ),
    PoolKey(
        name="budgets",
        meaning="How many nodes may be disturbed at once; of several the least counts.",
        otherwise="`10%`",
        example="[{nodes: 10%}, {nodes: 0, in: Mon-Fri 08:00-18:00 Europe/Berlin}]",
        is_list=True,
        keys=(
            PoolKey(
                name="budgets.nodes",
                meaning="A number, or a share of the pool, rounded up.",
                form=text("a whole number or percent"),
                otherwise="required",
                example="10%",
            ),
            PoolKey(
                name="budgets.in",
                meaning="When it counts, in the words of a schedule.",
                form=text("hours or `cron=`, and a zone"),
                otherwise="always",
                example="Mon-Fri 08:00-18:00 Europe/Berlin",
            ),
            PoolKey(
                name="budgets.for",
                meaning="For which nodes it counts: those on which nothing but global services runs, or the others.",
                form=text("empty or underused"),
                otherwise="both",
                example="underused",
            ),
        ),
    ),
    PoolKey(
        name="heal",
        meaning="What is done about a node that is down; `off` leaves it alone.",
        example="{grace: 20m}",
        may_be_off=True,
        keys=(
            PoolKey(
                name="heal.grace",
                meaning="How long it may be down before it is replaced.",
                form=DURATION,
                default="20m",
                example="20m",
            ),
            PoolKey(
                name="heal.delete-unreachable",
                meaning="Whether its machine may be deleted though the provider does not report it failed.",
                form=FLAG,
                default="false",
                example="true",
            ),
        ),
    ),
    PoolKey(
        name="join",
        meaning="How a machine becomes a node.",
        example="{timeout: 15m}",
        keys=(
            PoolKey(
                name="join.timeout",
                meaning="A machine that has not joined by then is replaced.",
                form=DURATION,
                default="15m",
                example="15m",
            ),
            PoolKey(
                name="join.retry-after",
                meaning="How long none is ordered after the provider gave none, or one that never joined; longer after "
                "further failures, up to six times.",
                form=DURATION,
                default="5m",
                example="5m",
            ),
        ),
    ),
    PoolKey(
        name="drain",
        meaning="How a node is emptied.",
        example="{deadline: 15m}",
        keys=(
            PoolKey(
                name="drain.deadline",
                meaning="A drain that has not ended by then is given up, and the node is active again.",
                form=DURATION,
                default="15m",
                example="15m",
            ),
        ),
    ),
    PoolKey(
        name="tune",
        meaning="Whether nodes are added ahead of time by the rule that would have been cheapest of late: `auto` does, "
        "`shadow` only tells what that would have saved. See [foresight.md](foresight.md#pools-of-nodes).",
        form=choice(tuple(Tune)),
        default="off",
        example="shadow",
    ),
    PoolKey(
        name="price",
        meaning="How many idle nodes a missing one is worth, to a pool that tunes itself.",
        form=NUMBER,
        default="10",
        example="10",
    ),
    PoolKey(
        name="labels",
        meaning="What a new node is labelled with.",
        form=text("names and texts"),
        example="{tier: web}",
    ),
)
