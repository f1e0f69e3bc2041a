"""What an operator's own PromQL must be like before it is sent anywhere."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skep.config.own_query import PLACEHOLDER
from skep.config.prometheus_query import EXAMPLE_PROMETHEUS_QUERY, read_prometheus_query
from skep.config.units import UnitError

GOOD = 'sum(rate(jobs_total{service=$service,state="waiting"}[1m]))'


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(EXAMPLE_PROMETHEUS_QUERY, id="the example"),
        pytest.param(GOOD, id="other strings beside it"),
        pytest.param("a{service=$service}\n  / # of all\nb{service=$service}", id="lines, and a comment"),
        pytest.param("a{service=$service,path=~`/x[0-9]+`}", id="a pattern between backticks"),
        pytest.param('a{service=$service,quote="\\""}', id="a quote inside"),
    ],
)
def test_accepts(query: str) -> None:
    assert read_prometheus_query(f"  {query}\n") == query


@pytest.mark.parametrize("quote", ['"', "'"])
def test_the_service_may_stand_in_the_quotes_that_it_gets_anyway(quote: str) -> None:
    assert read_prometheus_query(GOOD.replace("$service", f"{quote}$service{quote}")) == GOOD


@pytest.mark.parametrize(
    ("query", "because"),
    [
        pytest.param("", "a query in PromQL", id="nothing"),
        pytest.param("  ", "a query in PromQL", id="space"),
        pytest.param(f"a{{b='{'x' * 2000}'}}", "at most 2000 characters", id="more than two thousand characters"),
        pytest.param("SELECT 1", "a query in PromQL", id="InfluxQL"),
        pytest.param("a{service=$service}\x00", "no control characters", id="a NUL"),
        pytest.param("sum(jobs)", "a selector on $service", id="of all services"),
        pytest.param('a{service=~"$service.*"}', "by itself", id="within a longer string"),
        pytest.param("a{service=~`$service`}", "by itself", id="between backticks"),
        pytest.param("sum(jobs) # $service", "by itself", id="within a comment"),
        pytest.param("a{service=$service_id}", "no parameter but $service", id="a longer word"),
        pytest.param("a{service=${service}}", "no parameter but $service", id="in braces"),
        pytest.param("a{service=$service}[$__interval]", "no parameter but $service", id="a parameter of a dashboard"),
        pytest.param('a{service=$service,x="y}', "every quote to be closed", id="an open quote"),
    ],
)
def test_refuses(query: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_prometheus_query(query)
    assert because in refused.value.expected


PIECES = st.lists(
    st.sampled_from(["$service", '"$service"', '"', "'", "`", "#", "\n", "\\", "a{x=", "}", "$", "service", " ", "x"])
).map("".join)


@given(query=st.text() | PIECES)
@example(query="'\"$service'\"")
def test_a_name_put_in_as_a_string_stays_one_string(query: str) -> None:
    """Put in, and read again by the same rules, each parameter is a string and nothing else."""
    with suppress(UnitError):
        accepted = read_prometheus_query(query)
        put_in = accepted.replace(PLACEHOLDER, '"$service"')
        assert read_prometheus_query(put_in) == accepted
