"""The stores of metrics, and whether each node reports to them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from skep.core.checkup.check import Check, Health
from skep.core.checkup.facts import Examination, MetricsFacts, NodeFacts
from skep.core.checkup.wording import MOST_NAMED, counted, span, well

__all__ = ["of_metrics", "of_prometheus"]

_TELEGRAF = "docker service ps tick_telegraf --no-trunc, and the logs of its swarm task on that node."


def of_metrics(examination: Examination) -> Iterator[Check]:
    """Whether the metrics store answers, and each ready node reports to it in time and with the right clock."""
    metrics = examination.metrics
    if isinstance(metrics, str):
        yield Check(
            about="metrics",
            health=Health.FAILURE,
            found=metrics,
            mend="Check SKEP_INFLUX_URL, SKEP_INFLUX_DATABASE and the login; docker service ps tick_influxdb.",
        )
        return
    yield well("metrics", f"InfluxDB answers.{_delay(examination)}")
    faults = tuple(_of_nodes(metrics, examination))
    yield from faults[:MOST_NAMED]
    if len(faults) > MOST_NAMED:
        yield Check(
            about="telegraf",
            health=Health.FAILURE,
            found=f"The same holds for {len(faults) - MOST_NAMED} nodes more.",
            mend=_TELEGRAF,
        )
    newest = [node.newest_at for node in metrics.nodes if node.newest_at is not None]
    if not faults and newest:
        oldest = span(max(metrics.as_of - min(newest), timedelta(0)))
        yield well("telegraf", f"All {counted(len(newest), 'ready node')} report; the oldest data is {oldest} old.")


def _delay(examination: Examination) -> str:
    memory = examination.memory
    if isinstance(memory, str) or memory.requests_delay is None:
        return ""
    return f" A request is {memory.requests_delay.sentence}."


def _of_nodes(metrics: MetricsFacts, examination: Examination) -> Iterator[Check]:
    for node in metrics.nodes:
        found, mend = _fault_of(node, metrics.as_of, examination)
        if found:
            yield Check(about="telegraf", health=Health.FAILURE, found=f"{node.hostname} {found}", mend=mend)


def _fault_of(node: NodeFacts, as_of: datetime, examination: Examination) -> tuple[str, str]:
    """What is wrong with the data of a node, and its mend; twice nothing where it is well."""
    if node.newest_at is None:
        return "reports nothing: the metrics store has no points of it.", (
            f"Where Telegraf has only just been started, look again in a minute. Then: {_TELEGRAF}"
        )
    age = as_of - node.newest_at
    if age > examination.max_age:
        return f"reports late: its newest data is {span(age)} old, at most {span(examination.max_age)} is allowed.", (
            f"{_TELEGRAF} Where Telegraf's interval is longer than that: SKEP_MAX_AGE."
        )
    if -age > examination.interval:
        return f"has a clock that is {span(-age)} ahead of the store's: its data is not used.", (
            "Keep the clock of that node in step (chrony, systemd-timesyncd)."
        )
    return "", ""


def of_prometheus(trouble: str) -> Check:
    """Whether Prometheus answers, where one is set up."""
    if not trouble:
        return well("prometheus", "Prometheus answers.")
    return Check(
        about="prometheus", health=Health.FAILURE, found=trouble, mend="Check SKEP_PROMETHEUS_URL and its login."
    )
