"""skep's own numbers as Prometheus reads them.

Rule: https://prometheus.io/docs/instrumenting/exposition_formats/, the text format 0.0.4.
"""

from collections.abc import Iterator, Sequence

from skep.core.meters import METERS, Meter, Reading, Readings

__all__ = ["CONTENT_TYPE", "meter_table", "meter_text"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def meter_text(readings: Readings) -> str:
    """All readings, each meter with its meaning; readings of a meter that is none any more are left out."""
    told = (*readings.gauges, *readings.counters)
    return "".join(line for meter in METERS for line in _of_meter(meter, [r for r in told if r.meter == meter.name]))


def meter_table() -> str:
    """All meters as a Markdown table: name, labels, kind, meaning."""
    rows = [("meter", "labels", "kind", "meaning"), ("---", "---", "---", "---")]
    rows += [
        (f"`{meter.name}`", ", ".join(f"`{label}`" for label in meter.labels), str(meter.kind), meter.meaning)
        for meter in METERS
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _of_meter(meter: Meter, readings: Sequence[Reading]) -> Iterator[str]:
    fitting = [reading for reading in readings if len(reading.labels) == len(meter.labels)]
    if not fitting:
        return
    yield f"# HELP {meter.name} {meter.meaning}\n"
    yield f"# TYPE {meter.name} {meter.kind}\n"
    yield from (f"{meter.name}{_labels(meter, reading)} {reading.value:.15g}\n" for reading in fitting)


def _labels(meter: Meter, reading: Reading) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in zip(meter.labels, reading.labels, strict=True)]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
