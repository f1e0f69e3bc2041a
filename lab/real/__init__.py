"""A real Docker Swarm on one Linux machine: engines in network namespaces, real stores, a real proxy, real load."""

from __future__ import annotations

from lab.real.deployments import WebService
from lab.real.errors import LabUnavailable
from lab.real.lab import Lab
from lab.real.state import NodeSize
from lab.real.status import LabStatus, NodeStatus

__all__ = ["Lab", "LabStatus", "LabUnavailable", "NodeSize", "NodeStatus", "WebService"]
