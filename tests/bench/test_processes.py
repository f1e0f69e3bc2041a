"""What the kernel says of processes is read as it means it."""

import os
from datetime import timedelta

import pytest

from tests.bench.processes import WATCHED, Use, cpu_s, figures, memory_bytes

ROLLUP = """\
55d0c8a00000-7ffd1b9f7000 ---p 00000000 00:00 0                          [rollup]
Rss:               62916 kB
Pss:               21034 kB
Pss_Anon:          18000 kB
"""
MIB = 1 << 20


def use(*, rss_mib: int = 60, pss_mib: int = 90, used_s: float = 0.0, members: int = 3) -> Use:
    return Use(rss_bytes=rss_mib * MIB, family_pss_bytes=pss_mib * MIB, family_cpu_s=used_s, members=members)


def watched(**others: Use) -> dict[str, Use]:
    return {name: others.get(name, use()) for name in WATCHED}


def test_computing_time_is_that_of_the_process_and_of_children_who_have_ended() -> None:
    user, system, childrens_user, childrens_system = 100, 20, 3, 4
    stat = f"7 (celery (pool) 1) S {' '.join(['0'] * 10)} {user} {system} {childrens_user} {childrens_system} 20 0 1"
    assert cpu_s(stat) == 127 / os.sysconf("SC_CLK_TCK")


def test_computing_time_of_a_real_process_is_what_the_kernel_charged() -> None:
    with open("/proc/self/stat") as stat:  # noqa: PTH123 - the very file of this process
        before = cpu_s(stat.read())
    assert 0 < before <= sum(os.times()[:4]) + 1


@pytest.mark.parametrize(("name", "kib"), [("Rss", 62916), ("Pss", 21034)])
def test_memory_is_read_by_its_name(name: str, kib: int) -> None:
    assert memory_bytes(ROLLUP, name) == kib * 1024


def test_computing_time_over_a_span_is_a_share_of_one_core() -> None:
    found = figures(watched(beat=use(used_s=1.0)), watched(beat=use(used_s=1.3)), span=timedelta(seconds=30))
    assert found["idle_cpu_percent_beat"] == pytest.approx(1.0)


def test_memory_is_that_at_the_end() -> None:
    found = figures(watched(), watched(observer=use(rss_mib=70, pss_mib=120)), span=timedelta(seconds=30))
    assert (found["rss_mib_observer"], found["pss_mib_observer_family"]) == (70, 120)


def test_a_process_without_children_has_no_family() -> None:
    found = figures(watched(), watched(redis=use(members=1)), span=timedelta(seconds=30))
    assert "pss_mib_redis_family" not in found
    assert "rss_mib_redis" in found


def test_each_process_is_compared_with_one_of_its_kind_that_does_nothing() -> None:
    before = watched()
    after = watched(observer=use(pss_mib=120, used_s=0.6), no_op_observer=use(pss_mib=80, used_s=0.2))
    found = figures(before, after, span=timedelta(seconds=30))
    assert found["ratio_no_op_observer_pss"] == 1.5
    assert found["ratio_no_op_observer_idle_cpu"] == pytest.approx(3.0)


def test_nothing_is_compared_with_no_computing_time_at_all() -> None:
    assert "ratio_no_op_observer_idle_cpu" not in figures(watched(), watched(), span=timedelta(seconds=30))
