"""Every meter there is, once; the documentation and what Prometheus is told are made of it."""

from collections.abc import Mapping

from skep.core.meters.meter import Meter, MeterKind

__all__ = ["METERS", "meter_of"]


def _counter(name: str, meaning: str, *labels: str) -> Meter:
    return Meter(name=name, kind=MeterKind.COUNTER, meaning=meaning, labels=labels)


def _gauge(name: str, meaning: str, *labels: str) -> Meter:
    return Meter(name=name, kind=MeterKind.GAUGE, meaning=meaning, labels=labels)


METERS = (
    _gauge(
        "skep_last_evaluation_timestamp_seconds",
        "When the newest decision was made, in seconds since 1970; its age tells whether skep works.",
    ),
    _gauge("skep_services", "Services by what the latest evaluation came to for them.", "verdict"),
    _gauge("skep_services_at_max", "Services whose metrics want more than max allows."),
    _gauge("skep_services_inactive", "Services whose decision is not carried out, by reason.", "reason"),
    _gauge("skep_gaps", "Metrics without a value in the latest evaluation, by reason.", "reason"),
    _gauge("skep_data_age_seconds", "How old the oldest value was that the latest evaluation went by."),
    _gauge("skep_pending_replicas", "Replicas that no node has room for."),
    _gauge("skep_replicas", "Replicas in the spec.", "service"),
    _gauge("skep_running_replicas", "Replicas that run.", "service"),
    _gauge("skep_goal_replicas", "Replicas that skep wants.", "service"),
    _gauge("skep_max_replicas", "The most that its bounds allow now.", "service"),
    _gauge("skep_drain_age_seconds", "For how long a drain has been under way.", "node", "phase"),
    _gauge("skep_pool_failures", "Refusals, machines that never joined and failed removals of the last day.", "pool"),
    _gauge("skep_journal_waiting_entries", "Entries of the journal that InfluxDB does not have yet."),
    _counter("skep_journal_lost_entries_total", "Entries of the journal that InfluxDB never got."),
    _counter("skep_decisions_total", "Decisions by what they came to.", "verdict"),
    _counter("skep_gaps_total", "Metrics without a value, once per evaluation, by reason.", "reason"),
    _counter("skep_changes_total", "Scalings that were carried out.", "direction", "by"),
    _counter("skep_refusals_total", "Orders that were refused when they were looked at again.", "by"),
    _counter("skep_outside_changes_total", "Changes that others made past skep."),
    _counter("skep_node_events_total", "What was done to nodes and pools, or refused."),
    _counter("skep_at_max_seconds_total", "Time spent at max with metrics that wanted more.", "service"),
    _counter("skep_pending_replica_seconds_total", "Replicas without room, times how long they waited.", "service"),
    _counter("skep_webhook_calls_total", "Calls of webhooks by the status of the answer.", "webhook", "status"),
    _counter("skep_lock_busy_total", "Locks that somebody else held, by what they lock.", "lock"),
    _counter("skep_tasks_total", "Tasks that ended, by how: success, failure or retry.", "task", "outcome"),
    _counter("skep_task_seconds_total", "Time that tasks took.", "task"),
)  # fmt: skip

_BY_NAME: Mapping[str, Meter] = {meter.name: meter for meter in METERS}


def meter_of(name: str) -> Meter | None:
    """The meter of that name; ``None`` if there is none (any more)."""
    return _BY_NAME.get(name)
