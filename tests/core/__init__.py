"""The pure core: decisions, guards, plans, invariants."""
