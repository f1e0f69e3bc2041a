"""What the evaluation of nodes remembers."""

from collections.abc import Mapping
from typing import Any, get_type_hints

import msgspec
from redis.typing import EncodableT, FieldT

from skep.adapters.redis_connection import redis_errors, text
from skep.adapters.redis_memory.kept import Kept
from skep.core.capacity.node_memory import NodeMemory

__all__ = ["Nodes"]

#: One for each part of what is remembered of nodes: a part that cannot be read does not take the others with it.
_OF_NODES: Mapping[str, msgspec.json.Decoder[Any]] = {
    part: msgspec.json.Decoder(kind) for part, kind in get_type_hints(NodeMemory).items()
}


class Nodes(Kept):
    """One hash with a field for each part."""

    def recall_nodes(self) -> NodeMemory:
        """What the evaluation of nodes remembers, in one hash with a field for each part."""
        with redis_errors(self._client):
            stored = {text(part): raw for part, raw in self._client.hgetall(self._nodes).items()}
        parts = {
            part: self._unreadable.decoded(f"{self._nodes}, {part}", raw, _OF_NODES[part].decode)
            for part, raw in stored.items()
            if part in _OF_NODES
        }
        return NodeMemory(**{part: value for part, value in parts.items() if value is not None})

    def remember_nodes(self, memory: NodeMemory) -> None:
        """Replace it, all or nothing."""
        parts: dict[FieldT, EncodableT] = {part: msgspec.json.encode(getattr(memory, part)) for part in _OF_NODES}
        with redis_errors(self._client):
            self._client.hset(self._nodes, mapping=parts)
