"""Emptying a node without dropping what it serves: a saga of short steps, whose truth stands in node labels.

From what Swarm shows at any instant, after a crash at any instruction, :func:`next_step` tells what is right to do.
"""

from skep.core.saga.forecast import Fate, Forecast, Ground, Move, Veto, forecast
from skep.core.saga.state import (
    DRAIN_LABELS,
    LONGEST_DRAIN,
    STATE,
    Drain,
    DrainPhase,
    Surge,
    drain_labels,
    drain_of,
    surges_of,
)
from skep.core.saga.steps import (
    DeleteMachine,
    DrainNode,
    Finish,
    MachineStanding,
    Nothing,
    PostCounts,
    PostGoals,
    Posting,
    RecordSurge,
    Release,
    RemoveNode,
    RollBack,
    Step,
    Wait,
    next_step,
)
from skep.core.saga.surged import SurgedCount, surged_count, without_surge, without_surges

__all__ = [
    "DRAIN_LABELS",
    "LONGEST_DRAIN",
    "STATE",
    "DeleteMachine",
    "Drain",
    "DrainNode",
    "DrainPhase",
    "Fate",
    "Finish",
    "Forecast",
    "Ground",
    "MachineStanding",
    "Move",
    "Nothing",
    "PostCounts",
    "PostGoals",
    "Posting",
    "RecordSurge",
    "Release",
    "RemoveNode",
    "RollBack",
    "Step",
    "Surge",
    "SurgedCount",
    "Veto",
    "Wait",
    "drain_labels",
    "drain_of",
    "forecast",
    "next_step",
    "surged_count",
    "surges_of",
    "without_surge",
    "without_surges",
]
