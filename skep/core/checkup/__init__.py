"""What skep stands on, looked at piece by piece: facts of all places, and what they mean to an operator."""

from skep.core.checkup.check import Check, Health
from skep.core.checkup.facts import (
    BoardFacts,
    BrokerFacts,
    Checkup,
    EngineFacts,
    Examination,
    JournalFacts,
    MemoryFacts,
    MetricsFacts,
    NodeFacts,
    Permission,
    QueueFacts,
    SwarmFacts,
)
from skep.core.checkup.judging import judge

__all__ = [
    "BoardFacts",
    "BrokerFacts",
    "Check",
    "Checkup",
    "EngineFacts",
    "Examination",
    "Health",
    "JournalFacts",
    "MemoryFacts",
    "MetricsFacts",
    "NodeFacts",
    "Permission",
    "QueueFacts",
    "SwarmFacts",
    "judge",
]
