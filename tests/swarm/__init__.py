"""End to end on a real Swarm of engines in network namespaces."""
