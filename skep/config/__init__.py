"""User text to values, every error at once: labels, policy file, schedules, units."""
