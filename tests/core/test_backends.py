"""Whose requests a proxy counts: from its own names to those of Swarm services."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.metrics.backends.docker_flow import service_of_docker_flow_backend
from skep.core.metrics.backends.haproxy import service_of_backend
from skep.core.metrics.backends.traefik import normalized, services_by_traefik_name

#: What Docker allows as the name of a service.
NAMES = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("backend", "service"),
    [
        pytest.param("go-demo_main-be8080_0", "go-demo_main", id="one destination"),
        pytest.param("go-demo_main-be8080_1", "go-demo_main", id="another of the same service"),
        pytest.param("https-pydemo_web-be443_0", "pydemo_web", id="an HTTPS port"),
        pytest.param("a-be1_0-be2_0", "a-be1_0", id="a service that is named like a backend"),
        pytest.param("go-demo_main", None, id="a name without port and number"),
        pytest.param("web-be80", None, id="a port and no number"),
        pytest.param("-be80_0", None, id="nobody's"),
        pytest.param("https--be80_0", None, id="nobody's over HTTPS"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_backend_of_docker_flow_proxy_is_read_by_its_form(backend: str, service: str | None) -> None:
    assert service_of_docker_flow_backend(backend) == service


@given(service=NAMES, port=st.integers(1, 65_535), number=st.integers(0, 9))
def test_whatever_the_service_docker_flow_proxys_name_leads_back_to_it(service: str, port: int, number: int) -> None:
    assert service_of_docker_flow_backend(f"https-{service}-be{port}_{number}") == service


@pytest.mark.parametrize("backend", ["shop_web", "https-portal", "web.v2", "stats", "web-be80"])
def test_plain_haproxy_names_a_backend_after_its_service(backend: str) -> None:
    assert service_of_backend(backend) == backend


def test_haproxy_inside_docker_flow_proxy_is_read_as_that() -> None:
    assert service_of_backend("pydemo_web-be80_0") == "pydemo_web"


# --- Traefik --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("shop_web", "shop-web"),
        ("shop.web.v2", "shop-web-v2"),
        ("_shop__web_", "shop-web"),
        ("web", "web"),
        ("", ""),
    ],
)
def test_traefik_makes_hyphens_of_what_is_no_letter_and_no_digit(service: str, name: str) -> None:
    assert normalized(service) == name


def test_a_service_is_found_by_its_own_name_and_by_the_one_traefik_makes() -> None:
    assert services_by_traefik_name(["shop_web"]) == {
        "shop_web@swarm": "shop_web",
        "shop_web@docker": "shop_web",
        "shop-web@swarm": "shop_web",
        "shop-web@docker": "shop_web",
    }


def test_a_made_name_that_two_services_share_is_neithers() -> None:
    owners = services_by_traefik_name(["shop_web", "shop.web"])
    assert "shop-web@swarm" not in owners
    assert owners["shop_web@swarm"] == "shop_web"
    assert owners["shop.web@swarm"] == "shop.web"


def test_a_made_name_that_is_anothers_own_is_that_ones() -> None:
    assert services_by_traefik_name(["shop_web", "shop-web"])["shop-web@swarm"] == "shop-web"


@given(services=st.lists(NAMES, unique=True))
def test_every_service_is_found_by_its_own_name_and_no_name_is_of_a_stranger(services: list[str]) -> None:
    owners = services_by_traefik_name(services)
    assert all(owners[f"{service}@swarm"] == service for service in services)
    assert set(owners.values()) == set(services)
