"""The demo's options are environment variables, and a wrong one is named."""

import pytest

from lab.demo.options import DemoOptionError, DemoOptions


def test_without_variables_the_demo_is_whole_cleans_up_and_has_three_nodes() -> None:
    assert DemoOptions.from_environment({}) == DemoOptions(
        keep=False, short=False, nodes=False, size=3, lab="demo", emulated=False
    )


def test_an_empty_variable_counts_as_not_set() -> None:
    empty = {"KEEP": "", "SHORT": "", "NODES": "", "SIZE": "", "LAB": "", "EMULATED": ""}
    assert DemoOptions.from_environment(empty) == DemoOptions.from_environment({})


def test_all_of_them_can_be_set() -> None:
    given = {"KEEP": "1", "SHORT": "yes", "NODES": "1", "SIZE": "5", "LAB": "mine", "EMULATED": "1"}
    assert DemoOptions.from_environment(given) == DemoOptions(
        keep=True, short=True, nodes=True, size=5, lab="mine", emulated=True
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("KEEP", "perhaps", "true or false", id="neither yes nor no"),
        pytest.param("NODES", "5", "true or false", id="a number of nodes"),
        pytest.param("SIZE", "0", "from 1 to 10", id="no node at all"),
        pytest.param("SIZE", "many", "from 1 to 10", id="no number"),
    ],
)
def test_a_wrong_value_is_answered_with_its_name_and_what_is_expected(name: str, value: str, expected: str) -> None:
    with pytest.raises(DemoOptionError) as complaint:
        DemoOptions.from_environment({name: value})
    assert str(complaint.value).startswith(f'{name} is "{value}"')
    assert expected in str(complaint.value)
