"""What a vector expects, in the words of skep: where it is told in a form that skep has no use for.

Nothing that decides about a count is left out here. What is left out or read differently, and why, is shown beside the
results.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.drivers.cluster_autoscaler import REASONS
from tests.conformance.vector import Json, Vector

__all__ = ["READINGS", "Reading", "in_words_of_skep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How part of what some groups expect is read.

    Attributes:
        reason: why it is not compared as it stands.
        read: what is compared in its place.
        applies: which of the vectors it is about.
    """

    groups: tuple[str, ...]
    reason: str
    read: Callable[[Json], dict[str, Any]]
    applies: Callable[[Vector], bool] = lambda _vector: True

    def is_about(self, vector: Vector) -> bool:
        """Whether a vector is read in this way."""
        return vector.group in self.groups and self.applies(vector)

    def matters_to(self, vector: Vector) -> bool:
        """Whether that makes a difference to what is compared."""
        return self.is_about(vector) and self.read(vector.expected) != vector.expected


def in_words_of_skep(vector: Vector) -> dict[str, Any]:
    """What the core has to answer."""
    wanted = dict(vector.expected)
    for reading in READINGS:
        if reading.is_about(vector):
            wanted = reading.read(wanted)
    return wanted


def _without(*keys: str) -> Callable[[Json], dict[str, Any]]:
    return lambda expected: {key: value for key, value in expected.items() if key not in keys}


def _changed(key: str, change: Callable[[Any], Any]) -> Callable[[Json], dict[str, Any]]:
    return lambda expected: {**expected, key: change(expected[key])} if key in expected else dict(expected)


def _current_changes(events: list[Json]) -> list[int]:
    return sorted(event["change"] for event in events if not event["outdated"])


def _without_tags(emitted: Json) -> Json:
    return {name: _without("tags")(point) for name, point in emitted.items()}


def _refused(_expected: Json) -> dict[str, Any]:
    return {"is_refused": True}


def _kept_for(expected: Json) -> dict[str, Any]:
    told = expected.get("error") or expected.get("reason")
    if told is None:
        return {"candidate": expected["candidate"], "reason": None}
    text = str(told).lower()
    return {"candidate": False, "reason": next(reason for word, reason in REASONS.items() if word in text)}


READINGS: tuple[Reading, ...] = (
    Reading(
        groups=("stabilize_both", "stabilize_down_only"),
        reason="which slot of a list an outdated recommendation leaves; skep forgets it at once",
        read=_without("history_length_after", "history_values_after"),
    ),
    Reading(
        groups=("scale_event_log",),
        reason="the order of slots in a log; compared is which changes still count",
        read=_changed("events_after", _current_changes),
    ),
    Reading(
        groups=("behavior_defaults",),
        reason="an unset window, which is one of 300 s",
        read=_changed("stabilization_window_s", lambda window_s: 300 if window_s is None else window_s),
    ),
    Reading(
        groups=("behavior_validation",),
        reason="the field of one policy; all policies are the one part rate= of a label",
        read=_changed("field", lambda field: field.partition("[")[0]),
    ),
    Reading(
        groups=("ratio_utilization", "ratio_average"),
        reason="digits of a ratio beyond the ninth",
        read=_changed("ratio", lambda ratio: round(ratio, 9)),
    ),
    Reading(
        groups=("reconcile",),
        reason="conditions that stood there before, and were not written again",
        read=_without("conditions"),
        applies=lambda vector: bool(vector.given.get("status_already_reported")),
    ),
    Reading(
        groups=("threshold",),
        reason="which of two bounds is named where both are missing",
        read=_changed("error_field", lambda _field: "bounds"),
        applies=lambda vector: vector.given["config"].keys().isdisjoint({"lower_bound", "upper_bound"}),
    ),
    Reading(
        groups=("remaining_cooldown",),
        reason="how long ago a cooldown ended; over is over",
        read=_changed("remaining_s", lambda remaining_s: max(0, remaining_s)),
    ),
    Reading(
        groups=("stream_autoscale",),
        reason="tags of a point that the peer sends on",
        read=_changed("last_emitted", _without_tags),
    ),
    Reading(
        groups=("cardinality",),
        reason="how many groups of points the peer keeps, and a statistic of its child nodes",
        read=_without("working_cardinality", "emitted"),
    ),
    Reading(groups=("validation",), reason="the words of an error", read=_without("error")),
    Reading(groups=("service_step_errors",), reason="the words of an error", read=_refused),
    Reading(groups=("eligibility",), reason="the names of reasons", read=_kept_for),
)
