"""`docker_container_cpu` and `docker_container_mem`, as Telegraf's docker input writes them.

Names, tags and arithmetic follow that plugin (https://github.com/influxdata/telegraf/tree/master/plugins/inputs/docker):
CPU in percent of one core, memory without the page cache the kernel could take back. Only `cpu-total` is written, as
with `perdevice_include = []`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from lab.real.collector.engine import Identity, Sample, cpu_count
from lab.real.collector.point import Field, Point

_NANOSECONDS = re.compile(r"\.(\d+)")
# What Telegraf takes from the kernel's own list, whose keys differ between control groups 1 and 2.
_MEMORY_KEYS = (
    "active_anon", "active_file", "cache", "hierarchical_memory_limit", "inactive_anon", "inactive_file",
    "mapped_file", "pgfault", "pgmajfault", "pgpgin", "pgpgout", "rss", "rss_huge", "total_active_anon",
    "total_active_file", "total_cache", "total_inactive_anon", "total_inactive_file", "total_mapped_file",
    "total_pgfault", "total_pgmajfault", "total_pgpgin", "total_pgpgout", "total_rss", "total_rss_huge",
    "total_unevictable", "total_writeback", "unevictable", "writeback",
)  # fmt: skip


def cpu(identity: Identity, sample: Sample) -> Point:
    """A container's CPU use: counters since its start, and `usage_percent` (100 = one full core)."""
    stats = sample.stats["cpu_stats"]
    usage, throttling = stats["cpu_usage"], stats["throttling_data"]
    fields: dict[str, Field] = {
        "container_id": sample.stats["id"],
        "usage_total": usage["total_usage"],
        "usage_in_usermode": usage["usage_in_usermode"],
        "usage_in_kernelmode": usage["usage_in_kernelmode"],
        "usage_system": stats["system_cpu_usage"],
        "throttling_periods": throttling["periods"],
        "throttling_throttled_periods": throttling["throttled_periods"],
        "throttling_throttled_time": throttling["throttled_time"],
    }
    used_cores = cores(sample)
    if used_cores is not None:
        fields["usage_percent"] = used_cores * 100.0
    return _point("docker_container_cpu", identity, sample, fields, cpu="cpu-total")


def memory(identity: Identity, sample: Sample) -> Point:
    """A container's memory in bytes and in percent of its limit."""
    stats = sample.stats["memory_stats"]
    used_bytes, limit_bytes = memory_bytes(sample), stats["limit"]
    fields: dict[str, Field] = {key: stats["stats"][key] for key in _MEMORY_KEYS if key in stats["stats"]}
    fields |= {
        "container_id": sample.stats["id"],
        "limit": limit_bytes,
        "max_usage": stats.get("max_usage", 0),
        "usage": used_bytes,
        "usage_percent": used_bytes / limit_bytes * 100.0 if limit_bytes else 0.0,
    }
    if stats.get("failcnt"):
        fields["fail_count"] = stats["failcnt"]
    return _point("docker_container_mem", identity, sample, fields)


def cores(sample: Sample) -> float | None:
    """How many cores a container used between its last two samples; None where there are not two."""
    now, before = cpu_count(sample.stats), sample.before
    if before is None or now.machine_ns <= before.machine_ns or now.container_ns < before.container_ns:
        return None
    share = (now.container_ns - before.container_ns) / (now.machine_ns - before.machine_ns)
    return float(share * sample.stats["cpu_stats"]["online_cpus"])


def memory_bytes(sample: Sample) -> int:
    """A container's memory without its inactive page cache, as `docker stats` shows it."""
    stats = sample.stats["memory_stats"]
    details = stats["stats"]
    # Version 1 of the control groups has the total with children, version 2 has no other than that.
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return int(stats["usage"] - cache if cache < stats["usage"] else stats["usage"])


def _point(measurement: str, identity: Identity, sample: Sample, fields: Mapping[str, Field], **tags: str) -> Point:
    container = sample.container
    image, version = _image(container["Image"])
    return Point(
        measurement=measurement,
        tags={
            **(container["Labels"] or {}),
            "container_image": image,
            "container_name": container["Names"][0].removeprefix("/"),
            "container_status": container["State"],
            "container_version": version,
            "engine_host": identity.hostname,
            "host": identity.hostname,
            "node_id": identity.node_id,
            "server_version": identity.server_version,
            **tags,
        },
        fields=fields,
        time_ns=_nanoseconds(sample.stats["read"]),
    )


def _image(reference: str) -> tuple[str, str]:
    """Name and tag; a colon before the last slash belongs to the registry's port."""
    name = reference.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, "unknown")


def _nanoseconds(moment: str) -> int:
    """An instant in the engine's form, with up to nine digits after the point, since 1970."""
    fraction = _NANOSECONDS.search(moment)
    whole = datetime.fromisoformat(_NANOSECONDS.sub("", moment))
    digits = fraction.group(1) if fraction else "0"
    return int(whole.timestamp()) * 1_000_000_000 + int(digits.ljust(9, "0")[:9])
