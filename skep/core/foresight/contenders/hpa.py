"""The Kubernetes HorizontalPodAutoscaler with its defaults, and with the settings that people try next.

It runs on skep's core, which conforms to it, with the one guard switched off that it does not have.
"""

from dataclasses import replace
from datetime import timedelta

from skep.core.foresight.contenders.contender import of_policy
from skep.core.foresight.course import Course
from skep.core.policy import ServicePolicy, Tolerance

__all__ = ["HPA", "HPA_EVERY_60_S", "HPA_LOWER_TARGET", "HPA_WITHOUT_TOLERANCE", "hpa_policy"]

_NO_FLAP_BUDGET = 10**9
_LOWER_TARGET_RATIO = 0.6


def hpa_policy(course: Course) -> ServicePolicy:
    """The defaults: tolerance 10 %, growth by 4 replicas or 100 % per 15 s, shrinking after 300 s."""
    model = course.model
    return ServicePolicy(bounds=model.bounds, metrics=(model.metric,), flaps_per_hour=_NO_FLAP_BUDGET)


def _without_tolerance(course: Course) -> ServicePolicy:
    return replace(hpa_policy(course), tolerance=Tolerance(up_ratio=0.0, down_ratio=0.0))


def _lower_target(course: Course) -> ServicePolicy:
    target_rps = course.model.capacity_rps * _LOWER_TARGET_RATIO
    return replace(hpa_policy(course), metrics=(replace(course.model.metric, target_value=target_rps),))


HPA = of_policy("HPA", "Kubernetes defaults, every 15 s", hpa_policy)
HPA_EVERY_60_S = of_policy("HPA 60 s", "Kubernetes defaults, every 60 s", hpa_policy, every=timedelta(seconds=60))
HPA_LOWER_TARGET = of_policy("HPA target 0.6", "more headroom: 60 % instead of 70 %", _lower_target)
HPA_WITHOUT_TOLERANCE = of_policy("HPA tolerance 0", "reacts to the smallest change", _without_tolerance)
