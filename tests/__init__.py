"""Everything that proves skep; nothing outside imports it."""
