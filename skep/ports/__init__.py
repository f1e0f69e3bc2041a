"""What the brain needs of the world, as protocols: adapters implement them, and fakes in tests."""

from skep.ports.clock import Clock
from skep.ports.dashboards import Dashboards
from skep.ports.journal import Backlog, Excerpt, Journal
from skep.ports.lessons import Lessons
from skep.ports.locks import Locks
from skep.ports.memory import Acts, Memory, PendingOrder, PoolRecollection, Recollection
from skep.ports.meters import MeterArchive, Meters
from skep.ports.metrics import Metrics
from skep.ports.node_provider import NodeProvider
from skep.ports.notices import NoticeMemory, Notifier
from skep.ports.shards import Gathered, Shards, Share, Wants
from skep.ports.swarm import Inspection, NodeHandle, OutOfSequence, ServiceHandle, Swarm
from skep.ports.world import Fleet, World

__all__ = [
    "Acts",
    "Backlog",
    "Clock",
    "Dashboards",
    "Excerpt",
    "Fleet",
    "Gathered",
    "Inspection",
    "Journal",
    "Lessons",
    "Locks",
    "Memory",
    "MeterArchive",
    "Meters",
    "Metrics",
    "NodeHandle",
    "NodeProvider",
    "NoticeMemory",
    "Notifier",
    "OutOfSequence",
    "PendingOrder",
    "PoolRecollection",
    "Recollection",
    "ServiceHandle",
    "Shards",
    "Share",
    "Swarm",
    "Wants",
    "World",
]
