"""Every label there is, once: what it means, how it is written, what holds without it, and who reads it.

From here come the tables of the documentation, the schema of the policy file, the suggestions for what is misspelt, and
the way in which a policy file may write the parts of a label one by one.
"""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial

from skep.config.backlog import read_queue
from skep.config.bounds import SCHEDULE_PREFIX, read_max
from skep.config.dialects import read_dialect
from skep.config.form import (
    CHOICE_OF_DEPLOY,
    CHOICE_OF_KIND,
    CHOICE_OF_ROLLOUT,
    CHOICE_OF_SELECT,
    CHOICE_OF_SOURCE,
    CHOICE_OF_TUNE,
    COUNT,
    DURATION,
    FLAG,
    FLAPS,
    MAXIMUM,
    NUMBER,
    QUERY,
    TEXT,
    Form,
    text,
    text_or_off,
)
from skep.config.latency import read_latency
from skep.config.outage import read_on_missing
from skep.config.own_metrics import METRIC_PREFIX, metric_name, read_kind, read_source
from skep.config.own_query import EXAMPLE_QUERY, read_own_query
from skep.config.pace import read_cooldown, read_flaps, read_scale_down, read_scale_up, read_span, read_tolerance
from skep.config.protection import read_protection
from skep.config.rollouts import read_on_deploy, read_on_rollout
from skep.config.schedule import read_schedule
from skep.config.target import read_cpu_target, read_memory_target, read_own_amount, read_own_target
from skep.config.total import read_inflight, read_requests
from skep.config.tuning import read_price, read_tune
from skep.config.units import read_count, read_flag

__all__ = ["CATALOGUE", "PREFIX", "Chapter", "Label", "Slot", "closest", "label_called", "meant"]

PREFIX = "skep."
_NAME = "<name>"
_LONGEST_MISSPELT = 80
_LEAST_LIKENESS = 0.6
_REMEMBERED_WORDS = 1_024


class Chapter(StrEnum):
    """What labels are about, in the order in which people read about them."""

    BOUNDS = "bounds"
    METRICS = "metrics"
    OWN_METRICS = "own metrics"
    PACE = "pace"
    OUTAGES = "outages"
    DEPLOYS = "deploys"
    NODES = "nodes"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One part of a label's text that a policy file may write as a key of its own.

    Attributes:
        written: how its value stands in the text, ``{}`` for the value.
        example: of a value, as YAML has it.
        is_list: whether several values may be given, which commas join.
        is_typical: whether an example of the whole has it.
    """

    key: str
    written: str
    form: Form = TEXT
    example: str
    is_required: bool = False
    is_list: bool = False
    is_typical: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label.

    Attributes:
        name: with ``<name>`` where the operator puts a name of their own.
        meaning: a sentence, for people.
        read: text to value; raises :class:`UnitError`.
        examples: texts that are right.
        default: the text that holds without the label, if any.
        setting: the variable that can set another default.
        otherwise: what holds without the label in words, where there is no default text.
        slots: its parts, where a policy file may write them one by one; their order is that of the text.
        is_supported: false for a label that a later version will read.
    """

    name: str
    chapter: Chapter
    meaning: str
    form: Form
    read: Callable[[str], object]
    examples: tuple[str, ...] = ()
    default: str | None = None
    setting: str | None = None
    otherwise: str = "none"
    slots: tuple[Slot, ...] = ()
    is_supported: bool = True

    @property
    def key(self) -> str:
        """What it is called in a policy file: the last part of its name, for a metric's fields too."""
        return self.name.rpartition(".")[2] if self.is_of_metric else self.name.removeprefix(PREFIX)

    @property
    def is_of_metric(self) -> bool:
        """Whether it is a field of an operator's own metric."""
        return self.name.startswith(METRIC_PREFIX)

    @property
    def is_of_schedule(self) -> bool:
        """Whether it is a schedule, of which there may be several."""
        return self.name.startswith(SCHEDULE_PREFIX)

    @property
    def example_of_slots(self) -> str:
        """A value with its parts one by one, as YAML has it: ``{window: 5m, rate: [50%/1m, 4/1m]}``."""
        return f"{{{', '.join(f'{slot.key}: {slot.example}' for slot in self.slots if slot.is_typical)}}}"


def label_called(name: str) -> Label | None:
    """The label of that name, whatever the names of the operator's own in it; ``None`` if there is none."""
    metric = metric_name(name)
    if metric is not None:
        name = f"{METRIC_PREFIX}{_NAME}{name.removeprefix(METRIC_PREFIX + metric)}"
    elif name.startswith(SCHEDULE_PREFIX):
        name = f"{SCHEDULE_PREFIX}{_NAME}"
    return _BY_NAME.get(name)


def meant(name: str) -> str | None:
    """The label that was probably meant; compared without the prefixes, which are alike anyway."""
    first, dot, rest = name.removeprefix(PREFIX).partition(".")
    if not dot:
        likely = closest(first, _ENDINGS)
        return f"{PREFIX}{likely}" if likely else None
    family = closest(first, _FAMILIES)
    if family is None:
        return None
    owner, _, field = rest.rpartition(".")
    if _FAMILIES[family] == SCHEDULE_PREFIX:
        return f"{SCHEDULE_PREFIX}{rest}" if rest else None
    likely = closest(field, _FIELDS) if owner else None
    return f"{METRIC_PREFIX}{owner}.{likely}" if likely else None


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one is most like, if it is like any."""
    return None if len(word) > _LONGEST_MISSPELT else _closest(word.lower(), tuple(known))


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _closest(word: str, known: tuple[str, ...]) -> str | None:
    """Remembered, because a mistake in what many clauses share is found in each of them."""
    likely = difflib.get_close_matches(word, known, n=1, cutoff=_LEAST_LIKENESS)
    return likely[0] if likely else None


# --- parts that several labels have --------------------------------------------------------------------------------

_OF_BOTH_WAYS = (Slot(key="up", written="up={}", example="5%"), Slot(key="down", written="down={}", example="20%"))
_OF_COOLDOWN = (
    Slot(key="up", written="up={}", form=DURATION, example="0s"),
    Slot(key="down", written="down={}", form=DURATION, example="3m"),
)
_OF_DIRECTION = (
    Slot(key="window", written="window={}", form=DURATION, example="5m"),
    Slot(key="rate", written="rate={}", is_list=True, example="[50%/1m, 4/1m]"),
    Slot(key="select", written="select={}", form=CHOICE_OF_SELECT, example="max", is_typical=False),
)
_OF_REQUESTS = (
    Slot(key="target", written="{}", is_required=True, example="50/s"),
    Slot(key="activation", written="activation={}", example="2/s"),
)
_OF_INFLIGHT = (
    Slot(key="target", written="{}", form=NUMBER, is_required=True, example="20"),
    Slot(key="activation", written="activation={}", form=NUMBER, example="1"),
)
_OF_LATENCY = tuple(
    Slot(key=which, written=f"{which} < {{}}", form=DURATION, example="250ms", is_typical=which == "mean")
    for which in ("mean", "p50", "p90", "p95", "p99")
)
_OF_QUEUE = (
    Slot(key="rabbitmq", written="rabbitmq:{}", example="jobs"),
    Slot(key="redis", written="redis:{}", example="mails", is_typical=False),
    Slot(key="target", written="target={}", form=NUMBER, is_required=True, example="30"),
    Slot(key="activation", written="activation={}", form=NUMBER, example="5", is_typical=False),
)
_OF_OUTAGE = (
    Slot(key="mode", written="{}", example="last", is_typical=False),
    Slot(key="static", written="static={}", form=COUNT, example="5"),
    Slot(key="current-if-higher", written="current-if-higher={}", form=COUNT, example="4", is_typical=False),
    Slot(key="after", written="after={}", form=DURATION, example="3m"),
    Slot(key="max-age", written="max-age={}", form=DURATION, example="10m", is_typical=False),
)
_OF_SCHEDULE = (
    Slot(key="days", written="{}", is_list=True, example="Mon-Fri"),
    Slot(key="hours", written="{}", example="08:00-18:00"),
    Slot(key="cron", written='cron="{}"', example="0 8 * * 1-5", is_typical=False),
    Slot(key="for", written="for={}", form=DURATION, example="10h", is_typical=False),
    Slot(key="until", written='until="{}"', example="0 18 * * 1-5", is_typical=False),
    Slot(key="zone", written="{}", is_required=True, example="Europe/Berlin"),
    Slot(key="min", written="min={}", form=COUNT, example="5"),
    Slot(key="max", written="max={}", form=COUNT, example="30", is_typical=False),
)

# --- the labels ----------------------------------------------------------------------------------------------------

#: In the order in which an operator would read about them.
CATALOGUE: tuple[Label, ...] = (
    Label(
        name="skep.enable",
        chapter=Chapter.BOUNDS,
        meaning="Opt in. A service without it is never touched.",
        form=FLAG,
        read=read_flag,
        examples=("true",),
        default="false",
    ),
    Label(
        name="skep.min",
        chapter=Chapter.BOUNDS,
        meaning="The fewest replicas. With `0` it sleeps while nothing is active, for which it needs a total metric.",
        form=COUNT,
        read=read_count,
        examples=("2", "0"),
        default="1",
    ),
    Label(
        name="skep.max",
        chapter=Chapter.BOUNDS,
        meaning="The most replicas.",
        form=MAXIMUM,
        read=read_max,
        examples=("20",),
        otherwise="required",
    ),
    Label(
        name="skep.schedule.<name>",
        chapter=Chapter.BOUNDS,
        meaning="Bounds for certain hours of a time zone, or from each time a cron expression names.",
        form=text("hours or `cron=`, a zone, and `min=` or `max=`"),
        read=partial(read_schedule, "office"),
        examples=(
            "Mon-Fri 08:00-18:00 Europe/Berlin min=5 max=30",
            "22:00-06:00 UTC max=2",
            'cron="0 8 * * 1-5" for=10h Europe/Berlin min=5',
        ),
        slots=_OF_SCHEDULE,
    ),
    Label(
        name="skep.requests",
        chapter=Chapter.METRICS,
        meaning="Requests per second and replica, counted at the proxy.",
        form=text("a rate, perhaps with `activation=`"),
        read=read_requests,
        examples=("50/s", "3000/m", "50/s activation=2/s"),
        slots=_OF_REQUESTS,
    ),
    Label(
        name="skep.inflight",
        chapter=Chapter.METRICS,
        meaning="Requests in flight per replica, those that queue at the proxy included.",
        form=text("a number, perhaps with `activation=`"),
        read=read_inflight,
        examples=("20", "20 activation=1"),
        slots=_OF_INFLIGHT,
    ),
    Label(
        name="skep.latency",
        chapter=Chapter.METRICS,
        meaning=(
            "How long answers may take, seen at the proxy. It asks for more replicas and never for fewer, so it needs "
            "another metric beside it. HAProxy tells the mean and no percentiles."
        ),
        form=text("`mean <` or `p95 <` and a duration"),
        read=read_latency,
        examples=("mean < 250ms", "p95 < 250ms"),
        slots=_OF_LATENCY,
    ),
    Label(
        name="skep.cpu",
        chapter=Chapter.METRICS,
        meaning="Mean processor use of a replica: percent of its limit (else of its reservation), or absolute.",
        form=text("percent or cores"),
        read=read_cpu_target,
        examples=("70%", "0.5 cores"),
    ),
    Label(
        name="skep.memory",
        chapter=Chapter.METRICS,
        meaning="Mean memory use of a replica: percent of its limit (else of its reservation), or absolute.",
        form=text("percent or bytes"),
        read=read_memory_target,
        examples=("80%", "300MiB"),
    ),
    Label(
        name="skep.queue",
        chapter=Chapter.METRICS,
        meaning="Work that waits per replica, in a queue of RabbitMQ or a list of Redis, as Telegraf sees it.",
        form=text("`rabbitmq:` or `redis:` and a name, `target=`, perhaps `activation=`"),
        read=read_queue,
        examples=("rabbitmq:jobs target=30", "redis:mails target=30 activation=5"),
        slots=_OF_QUEUE,
    ),
    Label(
        name="skep.window",
        chapter=Chapter.METRICS,
        meaning="The span whose mean is taken.",
        form=DURATION,
        read=read_span,
        examples=("30s", "2m"),
        default="30s",
        setting="SKEP_WINDOW",
    ),
    Label(
        name="skep.max-age",
        chapter=Chapter.METRICS,
        meaning="Older data is a gap and no value.",
        form=DURATION,
        read=read_span,
        examples=("45s",),
        default="45s",
        setting="SKEP_MAX_AGE",
    ),
    Label(
        name="skep.metric.<name>.query",
        chapter=Chapter.OWN_METRICS,
        meaning="A query of your own, with `$service` where the service's name belongs.",
        form=QUERY,
        read=read_own_query,
        examples=(EXAMPLE_QUERY,),
        otherwise="required",
    ),
    Label(
        name="skep.metric.<name>.target",
        chapter=Chapter.OWN_METRICS,
        meaning="The value that one replica should have.",
        form=text("a number, percent, per second, cores or bytes"),
        read=read_own_target,
        examples=("30", "70%", "50/s", "0.5 cores", "300MiB"),
        otherwise="required",
    ),
    Label(
        name="skep.metric.<name>.kind",
        chapter=Chapter.OWN_METRICS,
        meaning="A sum over the service, a mean per replica, or a mean in percent.",
        form=CHOICE_OF_KIND,
        read=read_kind,
        examples=("total", "average", "utilization"),
        otherwise="required",
    ),
    Label(
        name="skep.metric.<name>.window",
        chapter=Chapter.OWN_METRICS,
        meaning="The span that a value of this metric stands for.",
        form=DURATION,
        read=read_span,
        examples=("1m",),
        default="30s",
        setting="SKEP_WINDOW",
    ),
    Label(
        name="skep.metric.<name>.activation",
        chapter=Chapter.OWN_METRICS,
        meaning="A total above this, in the unit of the target, keeps the service from zero replicas.",
        form=text("as the target"),
        read=read_own_amount,
        examples=("5",),
        default="0",
    ),
    Label(
        name="skep.metric.<name>.on-missing",
        chapter=Chapter.OWN_METRICS,
        meaning="What to do while this metric has no value.",
        form=text("as `skep.on-missing`"),
        read=read_on_missing,
        examples=("last max-age=10m",),
        otherwise="`skep.on-missing`",
        slots=_OF_OUTAGE,
    ),
    Label(
        name="skep.metric.<name>.source",
        chapter=Chapter.OWN_METRICS,
        meaning="The store that answers: its query is InfluxQL or PromQL.",
        form=CHOICE_OF_SOURCE,
        read=read_source,
        examples=("influxdb", "prometheus"),
        default="influxdb",
    ),
    Label(
        name="skep.tolerance",
        chapter=Chapter.PACE,
        meaning="How far load may be off its target before anything moves.",
        form=text("percent, or `up=` and `down=`"),
        read=read_tolerance,
        examples=("10%", "up=5% down=20%"),
        default="10%",
        slots=_OF_BOTH_WAYS,
    ),
    Label(
        name="skep.scale-up",
        chapter=Chapter.PACE,
        meaning="How it may grow: stabilization window, rate limits and which of them decides; or not at all.",
        form=text_or_off("`window=` `rate=` `select=`"),
        read=read_scale_up,
        examples=("window=1m rate=4/1m", "rate=50%/1m,4/1m select=min", "off"),
        default="window=0s rate=4/15s,100%/15s select=max",
        slots=_OF_DIRECTION,
    ),
    Label(
        name="skep.scale-down",
        chapter=Chapter.PACE,
        meaning="How it may shrink, in the same words.",
        form=text_or_off("`window=` `rate=` `select=`"),
        read=read_scale_down,
        examples=("window=10m rate=1/1m", "off"),
        default="window=5m rate=100%/15s select=max",
        slots=_OF_DIRECTION,
    ),
    Label(
        name="skep.cooldown",
        chapter=Chapter.PACE,
        meaning="The least time between two changes in one direction.",
        form=text("a duration, or `up=` and `down=`"),
        read=read_cooldown,
        examples=("3m", "up=0s down=3m"),
        default="up=0s down=0s",
        slots=_OF_COOLDOWN,
    ),
    Label(
        name="skep.flaps",
        chapter=Chapter.PACE,
        meaning="After so many changes of direction within an hour it may only grow.",
        form=FLAPS,
        read=read_flaps,
        examples=("4",),
        default="4",
    ),
    Label(
        name="skep.on-missing",
        chapter=Chapter.OUTAGES,
        meaning=(
            "What to do while a metric has no value: nothing; go on with the last value while it is young; a set "
            "count; or that count or the present one, whichever is more (`skep.min` where none is given). "
            "`after=` is how long it must have been missing, `45s` unless said; `max-age=` is `5m`."
        ),
        form=text("`hold`, `last`, `static=` or `current-if-higher`"),
        read=read_on_missing,
        examples=(
            "hold",
            "last",
            "last max-age=10m",
            "static=5",
            "static=5 after=3m",
            "current-if-higher",
            "current-if-higher=4 after=1m",
        ),
        default="hold",
        slots=_OF_OUTAGE,
    ),
    Label(
        name="skep.on-deploy",
        chapter=Chapter.DEPLOYS,
        meaning="A deploy has reset the count: back to the last goal, or start from the new count.",
        form=CHOICE_OF_DEPLOY,
        read=read_on_deploy,
        examples=("restore", "accept"),
        default="restore",
    ),
    Label(
        name="skep.on-rollout",
        chapter=Chapter.DEPLOYS,
        meaning="What may be done to the count during a rollout: nothing, or grow.",
        form=CHOICE_OF_ROLLOUT,
        read=read_on_rollout,
        examples=("hold", "grow"),
        otherwise="`hold` where Swarm would roll back by itself, else `grow`",
    ),
    Label(
        name="skep.surge",
        chapter=Chapter.NODES,
        meaning="Whether an extra replica may run while a node is being emptied.",
        form=FLAG,
        read=read_flag,
        examples=("false",),
        default="true",
    ),
    Label(
        name="skep.protect",
        chapter=Chapter.NODES,
        meaning="Its swarm tasks are never moved by skep, for good or until a time.",
        form=Form(words="`true` or `until=` and a time", schema={"anyOf": [FLAG.schema, {"type": "string"}]}),
        read=read_protection,
        examples=("true", "until=2026-12-24T18:00+01:00"),
        default="false",
        slots=(Slot(key="until", written="until={}", is_required=True, example="2026-12-24T18:00+01:00"),),
    ),
    Label(
        name="skep.shared-data",
        chapter=Chapter.NODES,
        meaning="Whether what it writes to volumes and paths of a node is the same on every node, as on a shared file "
        "system; else a node with its swarm tasks is never emptied by skep of its own accord.",
        form=FLAG,
        read=read_flag,
        examples=("true",),
        default="false",
    ),
    Label(
        name="skep.dry-run",
        chapter=Chapter.CAUTION,
        meaning="Decide and record, and do nothing.",
        form=FLAG,
        read=read_flag,
        examples=("true",),
        default="false",
    ),
    Label(
        name="skep.tune",
        chapter=Chapter.CAUTION,
        meaning=(
            "Whether the policy tunes itself, by `skep.requests` or `skep.inflight`: `auto` scales by the rule that "
            "would have been cheapest of late, `shadow` only tells what that would have saved. "
            "See [foresight.md](foresight.md)."
        ),
        form=CHOICE_OF_TUNE,
        read=read_tune,
        examples=("shadow", "auto"),
        default="off",
    ),
    Label(
        name="skep.price",
        chapter=Chapter.CAUTION,
        meaning="How many idle replicas a missing one is worth, to a policy that tunes itself.",
        form=NUMBER,
        read=read_price,
        examples=("10", "2.5"),
        default="10",
    ),
    Label(
        name="skep.dialect",
        chapter=Chapter.CAUTION,
        meaning=(
            "Read the labels of another autoscaler, any of those in [migration.md](migration.md); those of skep beside "
            "them win."
        ),
        form=TEXT,
        read=read_dialect,
        examples=("swarm-hpa",),
    ),
)

_BY_NAME = {label.name: label for label in CATALOGUE}
_FIELDS = tuple(label.key for label in CATALOGUE if label.is_of_metric)
_FAMILIES = {"metric": METRIC_PREFIX, "schedule": SCHEDULE_PREFIX}
_ENDINGS = tuple(label.key for label in CATALOGUE if not label.is_of_metric and not label.is_of_schedule)
