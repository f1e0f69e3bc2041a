"""Foresight: how well a policy would have done on a recorded load, and the policy that tunes itself by that."""
