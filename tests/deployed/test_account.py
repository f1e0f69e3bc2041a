"""An action that one of three accounts lacks is called lost."""

from dataclasses import replace

import pytest

from lab.deployed.account import Account, Told, lost_actions

WHOLE = Account(
    seen=((2, 5), (5, 2)),
    told=(Told(before=2, after=5, task_id="scale.web.1"), Told(before=5, after=2, task_id="scale.web.2")),
    states={"scale.web.1": "SUCCESS", "scale.web.2": "SUCCESS", "scale.web.3": "SUCCESS"},
    open_orders=0,
)


def test_nothing_is_lost_where_all_accounts_agree() -> None:
    assert lost_actions(WHOLE) == ()


def test_an_order_that_was_refused_changes_nothing_and_is_not_lost() -> None:
    assert "scale.web.3" not in {told.task_id for told in WHOLE.told}


@pytest.mark.parametrize(
    ("account", "sentence"),
    [
        pytest.param(
            replace(WHOLE, told=WHOLE.told[:1]), "Docker saw 5 → 2, and the journal does not tell it", id="untold"
        ),
        pytest.param(
            replace(WHOLE, seen=WHOLE.seen[:1]), "the journal tells 5 → 2, and Docker did not see it", id="unseen"
        ),
        pytest.param(
            replace(WHOLE, states={**WHOLE.states, "scale.web.3": "FAILURE"}),
            "the task scale.web.3 ended as FAILURE",
            id="failed",
        ),
        pytest.param(
            replace(WHOLE, states={"scale.web.1": "SUCCESS"}),
            "the journal tells 5 → 2 by a task with no result",
            id="without an answer",
        ),
        pytest.param(replace(WHOLE, open_orders=2), "2 orders were never finished", id="never finished"),
    ],
)
def test_what_one_account_lacks_is_told(account: Account, sentence: str) -> None:
    assert lost_actions(account) == (sentence,)


def test_the_same_change_twice_in_one_account_and_once_in_another_is_one_lost() -> None:
    twice = replace(WHOLE, seen=(*WHOLE.seen, (2, 5)))

    assert lost_actions(twice) == ("Docker saw 2 → 5, and the journal does not tell it",)
