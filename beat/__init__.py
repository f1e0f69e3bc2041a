"""WHEN: which task runs how often, and when a late one is worthless."""
