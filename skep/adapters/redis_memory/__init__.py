"""What skep remembers between evaluations, kept in Redis under its append-only file."""

from skep.adapters.redis_memory.memory import RedisMemory

__all__ = ["RedisMemory"]
