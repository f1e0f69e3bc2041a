"""The demo: a real Swarm under load, scaled by skep, in a few minutes and one command (`make demo`)."""
