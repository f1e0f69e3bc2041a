"""What services want from the proxy, in docker-flow-proxy's labels."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.problem import Problem
from skep.config.routes import Route, read_routes

WANTED = {"com.df.notify": "true", "com.df.port": "8080", "com.df.servicePath": "/demo"}


def inspected(labels: dict[str, str], name: str = "shop_web") -> dict[str, Any]:
    """As Docker prints a service, as far as it matters here."""
    return {"ID": "x", "Spec": {"Name": name, "Labels": labels}}


def routes_of(labels: dict[str, str], name: str = "shop_web") -> tuple[Route, ...]:
    routes, problems = read_routes([inspected(labels, name)])
    assert problems == ()
    return routes


def only_problem(labels: dict[str, str], name: str = "shop_web") -> Problem:
    routes, (problem,) = read_routes([inspected(labels, name)])
    assert routes == ()
    return problem


def test_a_path_and_a_port_are_a_route() -> None:
    assert routes_of(WANTED) == (Route(service="shop_web", port=8080, paths=("/demo",), most_replicas=20),)


def test_domains_are_read_in_small_letters_and_lists_at_their_commas() -> None:
    labels = {**WANTED, "com.df.serviceDomain": "Shop.Example.org, *.shop.example.org", "com.df.servicePath": "/a,/b"}
    (route,) = routes_of(labels)
    assert (route.domains, route.paths) == (("shop.example.org", "*.shop.example.org"), ("/a", "/b"))


def test_several_destinations_are_numbered() -> None:
    labels = {
        "com.df.notify": "true",
        "com.df.port.1": "80",
        "com.df.serviceDomain.1": "shop.example.org",
        "com.df.port.10": "9000",
        "com.df.servicePath.10": "/admin",
    }
    assert [(route.number, route.port) for route in routes_of(labels)] == [(1, 80), (10, 9000)]


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({}, id="no labels"),
        pytest.param({"com.df.port": "80"}, id="nothing said"),
        pytest.param({**WANTED, "com.df.notify": "false"}, id="said no"),
    ],
)
def test_a_service_that_does_not_ask_for_it_has_no_route(labels: dict[str, str]) -> None:
    assert routes_of(labels) == ()


@pytest.mark.parametrize(
    ("labels", "most"),
    [
        pytest.param({"skep.max": "12", "com.df.scaleMax": "5"}, 12, id="of skep"),
        pytest.param({"com.df.scaleMax": "5"}, 5, id="of docker-flow"),
        pytest.param({}, 20, id="of nobody"),
    ],
)
def test_there_is_room_for_the_most_replicas(labels: dict[str, str], most: int) -> None:
    assert routes_of({**WANTED, **labels})[0].most_replicas == most


@pytest.mark.parametrize(
    ("label", "value"),
    [
        pytest.param("com.df.notify", "perhaps", id="neither yes nor no"),
        pytest.param("com.df.port", "http", id="a port in words"),
        pytest.param("com.df.port", "65536", id="a port beyond the highest"),
        pytest.param("com.df.servicePath", "demo", id="a path without its slash"),
        pytest.param("com.df.servicePath", "/a b", id="a blank in a path"),
        pytest.param("com.df.servicePath", '/"', id="a quote in a path"),
        pytest.param("com.df.servicePath", "/x }\n    bind :1", id="a line of its own"),
        pytest.param("com.df.servicePath", "/$HOME", id="a variable"),
        pytest.param("com.df.servicePath", "/a,", id="an empty path"),
        pytest.param("com.df.serviceDomain", "http://shop", id="an address as a domain"),
        pytest.param("com.df.serviceDomain", "-m", id="an option as a domain"),
        pytest.param("skep.max", "many", id="a maximum in words"),
    ],
)
def test_a_wrong_label_is_told_with_its_service(label: str, value: str) -> None:
    problem = only_problem({**WANTED, label: value})
    assert (problem.service, problem.label, problem.given) == ("shop_web", label, value)


def test_a_route_needs_a_port_and_a_path_or_a_domain() -> None:
    _, problems = read_routes([inspected({"com.df.notify": "true"})])
    assert [problem.label for problem in problems] == ["com.df.port", "com.df.servicePath"]


def test_what_is_wrong_with_one_service_leaves_the_others() -> None:
    routes, problems = read_routes([inspected({**WANTED, "com.df.port": "x"}, "bad"), inspected(WANTED, "good")])
    assert [route.service for route in routes] == ["good"]
    assert [problem.service for problem in problems] == ["bad"]


@given(
    labels=st.dictionaries(st.sampled_from([*WANTED, "com.df.serviceDomain", "com.df.port.1", "skep.max"]), st.text()),
    name=st.text(),
)
def test_no_text_gets_through_that_could_end_a_word(labels: dict[str, str], name: str) -> None:
    routes, _ = read_routes([inspected({**labels, "com.df.notify": "true"}, name)])
    for route in routes:
        for text in (route.service, *route.domains, *route.paths):
            assert not set(text) & set(" \t\r\n\"'\\#{}$")
