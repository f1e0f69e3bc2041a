"""The stack files beside the one of skep, read as the Docker client reads them."""

from pathlib import Path
from typing import Any

from tests.entrypoints.test_compose import read

__all__ = ["FOLDER", "ROOT", "STACKS", "TICK", "services"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "stacks"
TICK = FOLDER / "tick.yml"
#: Those that are deployed by themselves; alerts.yml is deployed on top of tick.yml.
STACKS = (TICK, FOLDER / "docker-flow-proxy.yml", FOLDER / "haproxy.yml", FOLDER / "traefik.yml")


def services() -> dict[str, dict[str, Any]]:
    """Every service of every stack, as ``tick: influxdb``."""
    return {f"{path.stem}: {name}": service for path in STACKS for name, service in read(path)["services"].items()}
