"""Foresight: scoring, simulation, and the policy that tunes itself."""
