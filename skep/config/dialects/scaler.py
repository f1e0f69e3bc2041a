"""The per-node "scaler": ``scaler.enabled``, so many replicas for each node that is ready."""

from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.switch import is_on
from skep.config.units import read_count

__all__ = ["SCALER"]

_ENABLED = "scaler.enabled"
_PER_NODE = "scaler.per_node"
_FILTER = "scaler.node_filter"


def _write(draft: Draft) -> None:
    if not is_on(draft, _ENABLED):
        return
    per_node = draft.require(_PER_NODE, read_count, expected="replicas for each node", example="1")
    draft.note_given(_FILTER, "chooses nodes", instead="write a placement constraint")
    if per_node is not None:
        draft.object_to(
            _PER_NODE,
            expected="a load to scale by, since skep does not follow the number of nodes",
            example="deploy.mode: global" if per_node == 1 else "skep.cpu: 70%",
        )


SCALER = Dialect(
    name="scaler",
    peer='the per-node "scaler"',
    sign=any_of(_ENABLED),
    write=_write,
    prefixes=("scaler.",),
)
