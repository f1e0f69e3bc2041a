"""Capacity: the room that nodes give, and what of it a pool could do without."""
