"""Notices as people get them."""

from datetime import timedelta

import pytest

from skep.core.notices import Notice, Topic
from skep.report.notices import message, trial_message
from tests.builders import NOW, ago

MAXED = Notice(topic=Topic.AT_MAX, at=NOW, subject="web", sentence="web is at its max of 10", since=ago(320))
DRAINED = Notice(topic=Topic.NODES, at=ago(60), subject="node:worker-3", sentence="worker-3 drained: new kernel")


def blind(number: int) -> Notice:
    return Notice(topic=Topic.NO_DATA, at=NOW, subject=f"s{number}", sentence=f"s{number} has no value", since=ago(300))


def test_one_notice_is_its_own_title() -> None:
    told = message([MAXED])
    assert told.title == "skep: web is at its max of 10"
    assert told.text == "12:00:00 UTC web is at its max of 10 (for 5 min 20 s)"
    assert told.notices == (MAXED,)


def test_the_end_of_a_trouble_says_how_long_it_was() -> None:
    over = Notice(
        topic=Topic.AT_MAX, at=NOW, subject="web", sentence=MAXED.sentence, since=NOW - timedelta(hours=2), is_over=True
    )
    told = message([over])
    assert told.title == "skep: over: web is at its max of 10"
    assert told.text == "12:00:00 UTC over after 2 h: web is at its max of 10"


def test_several_are_told_by_topic_and_many_of_one_topic_together() -> None:
    told = message([DRAINED, *(blind(number) for number in range(12)), MAXED], withheld=2)
    assert told.title == "skep: at max: web; no data: s0, s1, s2 and 9 more; nodes: node:worker-3"
    assert told.text.splitlines() == [
        "12:00:00 UTC web is at its max of 10 (for 5 min 20 s)",
        *(f"12:00:00 UTC s{number} has no value (for 5 min)" for number in range(5)),
        "and 7 more about no data: s5, s6, s7 and 4 more",
        "11:59:00 UTC worker-3 drained: new kernel",
        "2 more were withheld, see skep history",
    ]
    assert len(told.notices) == 14


@pytest.mark.parametrize("name", ["a" * 500, "web\r\nBcc: everybody@example.org"], ids=["long", "hostile"])
def test_a_title_is_one_short_line_whatever_services_are_called(name: str) -> None:
    title = message([Notice(topic=Topic.CHANGES, at=NOW, subject=name, sentence=f"{name} 3 → 7")]).title
    assert title.isprintable()
    assert len(title) <= 120


def test_a_test_says_who_tries() -> None:
    told = trial_message("ada@desk", NOW)
    assert told.text == "12:00:00 UTC skep can reach you: ada@desk tries whether messages arrive"
