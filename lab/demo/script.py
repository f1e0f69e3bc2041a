"""The script of the demo: how much load comes when, and what the service's labels ask of skep."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

from lab.load import Step

__all__ = ["LONG", "LONG_WITH_NODES", "SHORT", "SHORT_WITH_NODES", "Act", "Fleet", "Script", "script_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A part of the story: `name` is a word for people."""

    name: str
    begins_after: timedelta
    load: Step

    @property
    def ends_after(self) -> timedelta:
        """When it ends at the latest, counted from the first request."""
        return self.begins_after + self.load.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Nodes that come and go with the load.

    Attributes:
        replicas_per_node: so many fit on a node, by what is set aside for each.
        most_machines: how many nodes may join.
    """

    replicas_per_node: int = 2
    most_machines: int = 2

    @property
    def reservation_ratio(self) -> float:
        """What is set aside for a replica, as a share of a node's processors; a little is left for others."""
        return 0.9 / self.replicas_per_node

    def policy(self, lab: str) -> str:
        """The policy file, as an operator would write it."""
        return f"""\
pools:
  workers:
    max: {self.most_machines}
    provider: lab
    lab: {{name: {lab}, maximum: {self.most_machines}}}
    scale-down: {{after: 6s, delay-after-up: 10s, delay-after-failure: 6s}}
    join: {{timeout: 1m}}
    drain: {{deadline: 2m}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Quiet, surge, quiet again, and a service that is to follow.

    Attributes:
        calm: the longest that the last act may take; it ends soon after the service is small again.
        target_rps: requests per second that one replica is meant to carry.
        pace: the labels that say how quickly skep follows.
        fleet: the nodes that come and go; `None` where those that are there suffice.
    """

    quiet: timedelta
    surge: timedelta
    calm: timedelta
    pace: Mapping[str, str]
    quiet_rps: float = 4.0
    surge_rps: float = 29.0
    target_rps: int = 5
    min_replicas: int = 2
    max_replicas: int = 8
    fleet: Fleet | None = None

    @property
    def acts(self) -> tuple[Act, ...]:
        """The three acts, one after the other."""
        return (
            Act(name="quiet", begins_after=timedelta(), load=Step(duration=self.quiet, rate_rps=self.quiet_rps)),
            Act(name="surge", begins_after=self.quiet, load=Step(duration=self.surge, rate_rps=self.surge_rps)),
            Act(
                name="quiet again",
                begins_after=self.quiet + self.surge,
                load=Step(duration=self.calm, rate_rps=self.quiet_rps),
            ),
        )

    @property
    def length(self) -> timedelta:
        """The longest the story may take."""
        return self.acts[-1].ends_after

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the service, as an operator would write them."""
        return {
            "skep.enable": "true",
            "skep.min": str(self.min_replicas),
            "skep.max": str(self.max_replicas),
            "skep.requests": f"{self.target_rps}/s",
            "skep.cpu": "80%",
            **self.pace,
        }

    @property
    def enough_replicas(self) -> int:
        """How many replicas carry the surge at their target."""
        return math.ceil(self.surge_rps / self.target_rps)

    def act_at(self, elapsed: timedelta) -> Act:
        """The act that is on, `elapsed` after the first request; the last one for ever."""
        return next((act for act in self.acts if elapsed < act.ends_after), self.acts[-1])

    def is_last(self, act: Act) -> bool:
        """Whether no act follows."""
        return act == self.acts[-1]


# skep waits five minutes before it shrinks, unless a service says otherwise. A demo cannot.
SHORT = Script(
    quiet=timedelta(seconds=12),
    surge=timedelta(seconds=45),
    calm=timedelta(seconds=80),
    pace=MappingProxyType({"skep.window": "5s", "skep.scale-down": "window=15s rate=50%/5s"}),
)
LONG = Script(
    quiet=timedelta(seconds=45),
    surge=timedelta(seconds=105),
    calm=timedelta(seconds=180),
    pace=MappingProxyType({"skep.window": "10s", "skep.scale-down": "window=40s rate=50%/15s"}),
)
# Six replicas fit on three nodes, and the surge wants nine. Four are left, so that some have to move when nodes leave.
SHORT_WITH_NODES = replace(
    SHORT,
    calm=timedelta(seconds=240),
    pace=MappingProxyType({**SHORT.pace, "skep.scale-up": "rate=100%/5s"}),
    quiet_rps=18.0,
    surge_rps=44.8,
    min_replicas=4,
    max_replicas=10,
    fleet=Fleet(),
)
LONG_WITH_NODES = replace(SHORT_WITH_NODES, quiet=timedelta(seconds=30), surge=timedelta(seconds=90))


def script_for(*, short: bool, nodes: bool) -> Script:
    """What is played: with nodes that come and go or without, in full or in short."""
    if nodes:
        return SHORT_WITH_NODES if short else LONG_WITH_NODES
    return SHORT if short else LONG
