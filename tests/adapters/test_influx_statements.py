"""What is asked of InfluxDB, and that user text stays text in it."""

import re
from collections.abc import Collection
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.adapters.influx import Influx, InfluxAccess
from skep.adapters.influx.measures import Measure, measures_of
from skep.adapters.influx.patterns import pattern_of
from skep.adapters.influx.statements import built_in_statement, own_statement, string_literal
from skep.config.units import UnitError
from skep.core.metrics.backends import Proxy
from skep.core.metrics.series import Gap, GapReason, Question
from skep.core.policy import Signal
from tests.fakes.clock import FakeClock

WINDOW = timedelta(seconds=120)
OWN = 'SELECT mean("depth") FROM "queue" WHERE "service" = $service AND time > now() - 1m'


def measure(signal: Signal, proxy: Proxy = Proxy.HAPROXY, services: Collection[str] = ()) -> Measure:
    return measures_of(proxy, wanted=[signal], services=services)[signal]


def own_question(query: str, service: str = "web") -> Question:
    return Question(signal=Signal.QUERY, window=WINDOW, service=service, metric="depth", query=query)


def test_cpu_is_asked_as_raw_points_grouped_by_container() -> None:
    assert built_in_statement(measure(Signal.CPU), window=WINDOW, services=["web", "my_api"]) == (
        'SELECT "usage_percent" FROM "docker_container_cpu"'
        " WHERE time > now() - 120000ms AND \"cpu\" = 'cpu-total'"
        ' AND "com.docker.swarm.service.name" =~ /^(?:web|my_api)$/'
        ' GROUP BY "com.docker.swarm.service.name", "container_name", "com.docker.swarm.task.id"'
    )


def test_requests_are_asked_of_backends_only() -> None:
    assert built_in_statement(measure(Signal.REQUESTS), window=WINDOW, services=["web"]) == (
        'SELECT "stot" FROM "haproxy"'
        " WHERE time > now() - 120000ms AND \"type\" = 'backend'"
        ' AND "proxy" =~ /^(?:https-)?(?:web)(?:-be[0-9]+_[0-9]+)?$/'
        ' GROUP BY "proxy", "server", "host"'
    )


def test_nodes_are_asked_by_host_name() -> None:
    assert built_in_statement(measure(Signal.NODE_CPU), window=WINDOW, services=["node-1"]) == (
        'SELECT "usage_idle" FROM "cpu" WHERE time > now() - 120000ms AND "cpu" = \'cpu-total\''
        ' AND "host" =~ /^(?:node-1)$/ GROUP BY "host"'
    )


@pytest.mark.parametrize("signal", [signal for signal in Signal if signal is not Signal.QUERY])
def test_no_built_in_statement_holds_a_subquery(signal: Signal) -> None:
    assert built_in_statement(measure(signal), window=WINDOW, services=["web"]).count("SELECT") == 1


def test_a_window_below_a_millisecond_is_rounded_up() -> None:
    assert "now() - 1ms " in built_in_statement(measure(Signal.CPU), window=timedelta(microseconds=1), services=["web"])


@pytest.mark.parametrize(
    "services",
    [
        pytest.param([f"web{number}" for number in range(51)], id="more than fifty"),
        pytest.param(["w" * 10_000], id="a name of ten thousand letters"),
    ],
)
def test_many_or_long_names_are_not_filtered_by_the_store(services: list[str]) -> None:
    assert "=~" not in built_in_statement(measure(Signal.CPU), window=WINDOW, services=services)


def test_the_names_of_a_share_are_filtered_by_the_store_however_many_they_are() -> None:
    services = [f"shop_web-{number}" for number in range(5_000)]
    statement = built_in_statement(measure(Signal.CPU), window=WINDOW, services=services, is_narrow=True)
    assert "shop_web-(?:0|1" in statement
    assert len(statement) < 50_000


def test_a_share_whose_names_make_too_long_a_filter_is_not_filtered() -> None:
    services = [f"{number}{'w' * 10_000}" for number in range(100)]
    assert "=~" not in built_in_statement(measure(Signal.CPU), window=WINDOW, services=services, is_narrow=True)


@given(st.lists(st.text(), min_size=1))
def test_whatever_a_service_is_called_the_pattern_has_only_harmless_characters(names: list[str]) -> None:
    assert re.fullmatch(r"(?:[A-Za-z0-9_|-]|\\x\{[0-9a-f]+\})*", pattern_of(names))


@given(st.lists(st.text(), min_size=51))
def test_many_names_are_put_together_by_harmless_parentheses(names: list[str]) -> None:
    assert re.fullmatch(r"(?:[A-Za-z0-9_|)-]|\(\?:|\\x\{[0-9a-f]+\})*", pattern_of(names))


@given(st.sets(st.text("ab./é", max_size=12), min_size=51, max_size=120), st.text("ab./é", max_size=12))
def test_a_pattern_of_many_names_matches_exactly_them(names: set[str], other: str) -> None:
    in_python = re.sub(r"\\x\{([0-9a-f]+)\}", lambda code: f"\\U{int(code[1], 16):08x}", pattern_of(names))
    pattern = re.compile(f"(?:{in_python})")
    assert all(pattern.fullmatch(name) for name in names)
    assert bool(pattern.fullmatch(other)) == (other in names)


def test_a_thousand_names_each_the_beginning_of_the_next_are_not_nested_a_thousand_times() -> None:
    names = ["w" * length for length in range(1, 1_001)]
    assert pattern_of(names).count("(") <= 101
    assert all(re.fullmatch(pattern_of(names), name) for name in (names[0], names[99], names[500], names[-1]))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_the_pattern_matches_exactly_the_names(names: list[str]) -> None:
    """Read back by Python's engine, which writes code points in another way."""
    in_python = re.sub(r"\\x\{([0-9a-f]+)\}", lambda code: f"\\U{int(code[1], 16):08x}", pattern_of(names))
    pattern = re.compile(f"(?:{in_python})")
    assert all(pattern.fullmatch(name) for name in names)
    assert not any(pattern.fullmatch(f"{name}\x00x") for name in names if f"{name}\x00x" not in names)


def test_names_that_are_no_unicode_text_are_left_out_of_the_pattern() -> None:
    assert pattern_of(["web", "bad\ud800"]) == "web"


def test_the_service_becomes_a_string_in_an_own_query() -> None:
    assert own_statement(own_question(OWN)) == (
        """SELECT mean("depth") FROM "queue" WHERE "service" = 'web' AND time > now() - 1m"""
    )


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        pytest.param("web", "'web'", id="plain"),
        pytest.param("it's", r"'it\'s'", id="a quote"),
        pytest.param("back\\slash", r"'back\\slash'", id="a backslash"),
        pytest.param("\\'", r"'\\\''", id="a backslash before a quote"),
        pytest.param("two\nlines", r"'two\nlines'", id="a newline"),
        pytest.param("'; DROP DATABASE telegraf", r"'\'; DROP DATABASE telegraf'", id="an attempt"),
        pytest.param("жук 🐝", "'жук 🐝'", id="letters of the world"),
    ],
)
def test_a_name_is_escaped(name: str, literal: str) -> None:
    assert string_literal(name) == literal


@given(st.text())
def test_a_literal_is_one_string_that_means_the_name(name: str) -> None:
    """Read back as InfluxQL's scanner reads: it ends at the first quote that no backslash stands before."""
    try:
        literal = string_literal(name)
    except UnitError:
        return
    assert "\r" not in literal
    assert re.fullmatch(r"'(?:[^'\\\n\x00]|\\[\\'n])*'", literal)
    meanings = {r"\\": "\\", r"\'": "'", r"\n": "\n"}
    assert re.sub(r"\\.", lambda escape: meanings[escape[0]], literal[1:-1]) == name


@pytest.mark.parametrize("name", ["carriage\rreturn", "nul\x00", "escape\x1b", "half a pair\ud800"])
def test_a_name_that_no_string_can_hold_is_a_gap_of_its_service(name: str) -> None:
    gap = own_statement(own_question(OWN, service=name))
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.REFUSED


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("DROP MEASUREMENT queue", id="no SELECT"),
        pytest.param(OWN.replace("FROM", 'INTO "stolen" FROM'), id="writes"),
        pytest.param(f"{OWN}; DROP DATABASE telegraf", id="a second statement"),
        pytest.param(f"{OWN} -- and the rest", id="a comment"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_not_one_reading_select_is_never_sent(query: str) -> None:
    gap = own_statement(own_question(query))
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.REFUSED
    assert "expected" in gap.detail


# --- what people are shown -------------------------------------------------------------------------------------------


@pytest.fixture
def store() -> Influx:
    """A store that nobody asks."""
    return Influx(InfluxAccess(url="http://127.0.0.1:1", database="telegraf"), clock=FakeClock())


def test_what_is_shown_of_a_built_in_signal_is_what_is_asked_for_that_service_alone(store: Influx) -> None:
    shown = store.statement(Question(signal=Signal.REQUESTS, window=WINDOW, service="web"))
    assert shown == built_in_statement(measure(Signal.REQUESTS), window=WINDOW, services=["web"])


def test_what_is_shown_for_no_service_leaves_nobody_out(store: Influx) -> None:
    assert "=~" not in store.statement(Question(signal=Signal.REQUESTS, window=WINDOW))


def test_what_is_shown_of_an_own_query_is_what_is_sent(store: Influx) -> None:
    assert store.statement(own_question(OWN)) == own_statement(own_question(OWN))


def test_nothing_is_shown_of_a_query_that_is_never_sent(store: Influx) -> None:
    assert store.statement(own_question("DROP DATABASE telegraf")) == ""
