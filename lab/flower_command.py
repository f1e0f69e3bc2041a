"""How Flower is started, wherever skep's Flower runs that no stack starts: in the lab, in tests and in benches."""

__all__ = ["FLOWER_COMMAND"]

#: From the folder of the checkout; for an interpreter's ``-m``, as it is in docker-compose.yml for a shell.
FLOWER_COMMAND = ("celery", "-A", "workers.app", "flower", "--conf=audit/flowerconfig.py")
