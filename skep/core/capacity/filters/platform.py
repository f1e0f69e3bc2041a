"""The node must be of a platform that the image was made for."""

from collections.abc import Mapping

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.filters.filter import Filter, on_nodes
from skep.core.capacity.node_room import NodeRoom
from skep.core.requirements import Platform

__all__ = ["PLATFORM"]

#: Kernels and images spell the same architecture differently.
_SPELLINGS: Mapping[str, str] = {"x86_64": "amd64", "aarch64": "arm64"}


def _passes(applicant: Applicant, node: NodeRoom) -> bool:
    return any(_suits(image, node.node.platform) for image in applicant.standard.platforms)


def _suits(image: Platform, machine: Platform) -> bool:
    return image.os in {"", machine.os} and _spelled(image.architecture) in {"", _spelled(machine.architecture)}


def _spelled(architecture: str) -> str:
    return _SPELLINGS.get(architecture, architecture)


PLATFORM = Filter(
    is_asked=lambda applicant: bool(applicant.standard.platforms),
    passes=_passes,
    words=on_nodes("unsupported platform"),
    because="unsupported platform",
    is_lasting=True,
)
