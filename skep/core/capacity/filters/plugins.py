"""The engine must have the drivers of a service's volumes, networks and logs."""

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.filters.filter import Filter, on_nodes
from skep.core.capacity.node_room import NodeRoom
from skep.core.requirements import Plugin, PluginKind

__all__ = ["PLUGINS"]

_DEFAULT_TAG = ":latest"


def _passes(applicant: Applicant, node: NodeRoom) -> bool:
    """A node whose engine told nothing of itself passes."""
    there = node.node.plugins
    return there is None or all(_has(there, wanted) for wanted in applicant.standard.plugins)


def _has(there: tuple[Plugin, ...], wanted: Plugin) -> bool:
    """Whether there is such a driver, under its name or that name's default tag.

    An engine that names no log driver at all is too old to do so, and is believed to have every one.
    """
    names = [plugin.name for plugin in there if plugin.kind is wanted.kind]
    if not names and wanted.kind is PluginKind.LOG:
        return True
    return wanted.name in names or f"{wanted.name}{_DEFAULT_TAG}" in names


PLUGINS = Filter(
    is_asked=lambda applicant: bool(applicant.standard.plugins),
    passes=_passes,
    words=on_nodes("missing plugin"),
    because="missing plugin",
    is_lasting=True,
)
