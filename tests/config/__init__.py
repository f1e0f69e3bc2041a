"""User text to values, and the errors it earns."""
