"""What an operator's own statement must be like before it is sent anywhere."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skep.config.own_query import PLACEHOLDER, read_own_query
from skep.config.units import UnitError
from tests.servers import InfluxServer

GOOD = "SELECT mean(v) FROM m WHERE service = $service AND time > now() - 1m"

ACCEPTED = [
    pytest.param(GOOD, id="the plain form"),
    pytest.param(f"  {GOOD}\n", id="space around it"),
    pytest.param("select mean(v) from m where service = $service and TIME >= NOW() - 60s", id="small letters"),
    pytest.param("SELECT mean(v)\nFROM m\nWHERE service=$service AND time>now()-1m", id="lines, and no spaces"),
    pytest.param("SELECT mean(v) FROM m WHERE now() - 1h < time AND service = $service", id="the bound turned round"),
    pytest.param('SELECT mean(v) FROM m WHERE "time" > now() - 1m AND "service" = $service', id="names in quotes"),
    pytest.param("SELECT mean(v) FROM m WHERE time > now() - 30m30s AND service = $service", id="minutes and seconds"),
    pytest.param("SELECT v / 2 FROM /^m$/ WHERE service = $service AND time > now() - 1m", id="slashes of both kinds"),
    pytest.param(
        "SELECT last(v) FROM m WHERE service = $service AND host =~ /^a b$/ AND time > now() - 1m GROUP BY /ho/",
        id="patterns in conditions and groups",
    ),
    pytest.param(
        "SELECT v FROM m WHERE service = $service AND x = 'it\\'s' AND time > now() - 1m", id="a quote inside"
    ),
    pytest.param("SELECT v FROM m WHERE (service = $service) AND (time > now() - 1m)", id="conditions in brackets"),
    pytest.param(
        "SELECT sum(v) FROM m WHERE service = $service AND time > now() - 1m GROUP BY time(10s), host fill(none)",
        id="everything behind the conditions",
    ),
]


@pytest.mark.parametrize("query", ACCEPTED)
def test_accepts(query: str) -> None:
    assert read_own_query(query) == query.strip()


def test_the_service_may_stand_in_the_quotes_that_it_gets_anyway() -> None:
    assert read_own_query(GOOD.replace("$service", "'$service'")) == GOOD


@pytest.mark.influx
@pytest.mark.parametrize("query", ACCEPTED)
def test_what_is_accepted_is_understood_by_the_database_and_bound_in_time(
    influx_server: InfluxServer, query: str
) -> None:
    now_s = int(time.time())
    lines = [f'm,service=web,host=a\\ b v={age_s},x="it\'s" {now_s - age_s}' for age_s in (5, 4_000)]
    influx_server.write(lines, database="metrics", precision="s")
    statement = read_own_query(query).replace(PLACEHOLDER, "'web'")
    values = [row[1] for series in influx_server.query(statement, database="metrics") for row in series["values"]]
    assert values in ([5], [2.5])


@pytest.mark.parametrize(
    ("query", "because"),
    [
        pytest.param("", "begins with SELECT", id="nothing"),
        pytest.param("DROP DATABASE telegraf", "begins with SELECT", id="another statement"),
        pytest.param(f"EXPLAIN ANALYZE {GOOD}", "begins with SELECT", id="something before the SELECT"),
        pytest.param(GOOD + "; DROP DATABASE telegraf", "without ;", id="a second statement"),
        pytest.param(GOOD + ";", "without ;", id="a semicolon at the end"),
        pytest.param(GOOD.replace("FROM", "INTO copy FROM"), "INTO", id="writing"),
        pytest.param(GOOD.replace("mean(v) FROM", "1INTO copy FROM"), "INTO", id="writing, glued to a number"),
        pytest.param(GOOD.replace("FROM", 'into"copy"FROM'), "INTO", id="writing, glued to a name"),
        pytest.param(GOOD.replace("FROM", "/'/ INTO copy FROM"), "INTO", id="writing behind a quote in a pattern"),
        pytest.param(GOOD + " -- AND more", "comments", id="a comment to the end of the line"),
        pytest.param(GOOD.replace("FROM", "/* */ FROM"), "comments", id="a comment in between"),
        pytest.param(GOOD + " AND x = 'open", "closed", id="a string that does not end"),
        pytest.param(GOOD + ' AND "open', "closed", id="a name that does not end"),
        pytest.param(GOOD.replace("FROM m", "FROM (SELECT v FROM m)"), "one SELECT", id="a SELECT inside another"),
        pytest.param(f"SELECT_{GOOD}", "one SELECT", id="a word that only begins with SELECT"),
        pytest.param(GOOD.replace("$service", "''"), "$$service", id="a service that Compose has swallowed"),
        pytest.param(GOOD.replace("$service", '"$service"'), "by itself", id="the service as the name of a column"),
        pytest.param(GOOD.replace("= $service", "=~ /^$service$/"), "by itself", id="the service in a pattern"),
        pytest.param(GOOD.replace("$service", "'$service@docker'"), "by itself", id="the service in a longer string"),
        pytest.param(GOOD.replace("$service", "$services"), "no parameter but", id="another parameter"),
        pytest.param(GOOD + " AND stack = $stack", "no parameter but", id="one parameter too many"),
        pytest.param(GOOD.replace("$service", "$$service"), "no parameter but", id="a dollar sign too many"),
        pytest.param(
            GOOD.replace("$service", "''$service''"), "no parameter but", id="empty strings around the service"
        ),
        pytest.param("SELECT v FROM m WHERE service = $service", "bound on time", id="no bound on time"),
        pytest.param(GOOD.replace("1m", "61m"), "bound on time", id="a bound too long ago"),
        pytest.param(GOOD.replace("1m", "1w"), "bound on time", id="a bound of a week"),
        pytest.param(GOOD.replace("1m", "999999999h" * 150), "bound on time", id="a bound that overflows"),
        pytest.param(GOOD.replace("1m", "1M"), "bound on time", id="a bound in a unit with a capital"),
        pytest.param(GOOD.replace("1m", "60"), "bound on time", id="a bound without a unit"),
        pytest.param(GOOD.replace("now() - 1m", "0"), "bound on time", id="a bound at the beginning of time"),
        pytest.param(GOOD.replace("1m", "1m * 100"), "bound on time", id="a bound that is multiplied"),
        pytest.param(GOOD.replace("1m", "1h30m*9"), "bound on time", id="a longer bound that is multiplied"),
        pytest.param(GOOD.replace("time >", "time <"), "bound on time", id="a bound on the wrong side"),
        pytest.param(
            GOOD.replace("time > now() - 1m", "'time > now() - 1m' = 'a'"), "bound on time", id="a quoted bound"
        ),
        pytest.param(GOOD.replace("time >", "lifetime >"), "bound on time", id="a bound on something else"),
        pytest.param(GOOD + " AND x = '" + "y" * 10_000 + "'", "2000 characters", id="ten thousand characters"),
    ],
)
def test_refuses(query: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_own_query(query)
    assert because in refused.value.expected


def test_the_example_in_the_error_is_itself_accepted() -> None:
    with pytest.raises(UnitError) as refused:
        read_own_query("nonsense")
    assert read_own_query(refused.value.example)


_WORDS = ("SELECT", "v", "FROM", "m", "WHERE", "AND", "OR", "DISTINCT", "INTO", "1INTO", "time", "now()", "1m")
_SIGNS = (";", "--", "/*", "*/", "(", ")", "/a/", "\n", "=", "=~", "*", ",", "-", ">", "/", "\\", "'", '"')
_PIECES = st.lists(st.sampled_from((*_WORDS, *_SIGNS, "$service", "'$service'")), max_size=8).map(" ".join)
_NEARLY_GOOD = st.builds(lambda at, pieces: f"{GOOD[:at]} {pieces} {GOOD[at:]}", st.integers(0, len(GOOD)), _PIECES)


@given(query=st.text() | _NEARLY_GOOD)
@example("SELECT'0'$service''AND time>now()-0m")
@example("SELECT''$service''AND time>now()-0m")
def test_nothing_that_could_write_and_no_misplaced_service_gets_through(query: str) -> None:
    try:
        accepted = read_own_query(query)
    except UnitError:
        return
    assert accepted.upper().startswith("SELECT")
    assert ";" not in accepted
    assert not re.search(r"(?i)(?<![a-z_])into(?![a-z0-9_])", accepted)
    assert PLACEHOLDER in accepted
    assert f"'{PLACEHOLDER}'" not in accepted
    assert read_own_query(accepted) == accepted
