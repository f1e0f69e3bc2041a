"""The Docker Swarm through the Engine API of one of its managers."""

from skep.adapters.swarm.docker_swarm import DockerSwarm

__all__ = ["DockerSwarm"]
