"""What is found in Compose files and policy files before they are deployed."""

from textwrap import dedent

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skep.config.finding import Finding
from skep.config.lint import FileToLint, lint_files

COMPOSE = """
version: "3.8"
services:
  web:
    image: shop/web
    deploy:
      labels:
        skep.enable: "true"
        skep.max: "20"
        skep.requests: "50/s"
"""


def findings(*texts: str | bytes, stack: str | None = None) -> tuple[Finding, ...]:
    """The findings in files called ``1.yml``, ``2.yml`` and so on."""
    contents = [text if isinstance(text, bytes) else dedent(text).encode() for text in texts]
    files = [FileToLint(name=f"{place + 1}.yml", content=content) for place, content in enumerate(contents)]
    return lint_files(files, variables={"MAX": "20"}, stack=stack)


def texts(*files: str | bytes, stack: str | None = None) -> list[str]:
    return [finding.text for finding in findings(*files, stack=stack)]


def compose(labels: str, more: str = "") -> str:
    """A service ``web`` with labels and perhaps more keys of its deploy, in flow style."""
    return f"services: {{web: {{image: x, deploy: {{labels: {{skep.enable: 'true', {labels}}}{more}}}}}}}\n"


def test_a_clean_compose_file_has_no_findings() -> None:
    assert findings(COMPOSE) == ()


@pytest.mark.parametrize(
    ("labels", "more", "because"),
    [
        pytest.param("skep.mxa: '3', skep.requests: 50/s", "", "perhaps skep.max", id="a misspelt label"),
        pytest.param("skep.max: '3', skep.cpu: 70%", "", "deploy.resources.limits.cpus", id="no limit"),
        pytest.param("skep.max: '3', skep.min: '4', skep.requests: 50/s", "", "no less than skep.min", id="crossed"),
        pytest.param("skep.max: '3', skep.requests: '50'", "", "a number per second", id="a value without a unit"),
        pytest.param("skep.max: '3', skep.speed: 50/s", "", "at least one of skep.requests", id="an unknown metric"),
        pytest.param("skep.max: '3', skep.requests: 50/s", ", mode: global", "a replicated service", id="global"),
        pytest.param("skep.max: '3', skep.latency: mean < 1s", "", "another metric beside it", id="latency alone"),
        pytest.param(
            "skep.max: '3', skep.requests: 50/s, skep.dialect: orbiter",
            "",
            "labels of gianarb/orbiter",
            id="an unspoken dialect",
        ),
        pytest.param(
            "skep.max: '3', skep.metric.a.kind: total, skep.metric.a.target: '3', "
            "skep.metric.a.query: SELECT last(v) FROM m WHERE s = $service AND time > now() - 1m",
            "",
            "$$service where a dollar is meant",
            id="a dollar that is not doubled",
        ),
        pytest.param("skep.max: '${MAXIMUM}', skep.requests: 50/s", "", "the variable MAXIMUM to be set", id="unset"),
        pytest.param("skep.max: '3', skep.dry-run: true", "", "quotes around it", id="a flag without quotes"),
    ],
)
def test_a_mistake_in_a_compose_file_is_an_error(labels: str, more: str, because: str) -> None:
    found = texts(compose(labels, more))
    assert any(because in text for text in found)
    assert all(text.startswith("1.yml:1: ") and "error: " in text for text in found)


def test_a_dollar_that_is_not_doubled_is_told_once() -> None:
    labels = "skep.max: '3', skep.metric.a.kind: total, skep.metric.a.target: '3', "
    query = "skep.metric.a.query: SELECT last(v) FROM m WHERE s = $service AND time > now() - 1m"
    assert len(texts(compose(labels + query))) == 1


def test_variables_are_taken_from_the_environment() -> None:
    assert findings(compose("skep.max: $MAX, skep.requests: 50/s")) == ()


MISPLACED = """
services:
  web:
    image: x
    labels:
      - traefik.enable=true
      - skep.enable=true
      - skep.max=20
    deploy:
      labels:
        skep.max: "20"
"""


def test_labels_of_containers_have_no_effect_and_are_told_where_they_stand() -> None:
    assert texts(MISPLACED) == [
        (
            "1.yml:7: web: error: skep.enable stands under labels of the container, where it has no effect; "
            "write it under deploy.labels"
        ),
        (
            "1.yml:8: web: warning: skep.max stands under labels of the container, where it has no effect; "
            "it is under deploy.labels already"
        ),
        '1.yml:11: web: warning: has labels of skep and no skep.enable: "true", so it is not scaled',
    ]


@pytest.mark.parametrize(
    ("labels", "because"),
    [
        pytest.param("skep.latency: p95 < 250ms", "HAProxy does not tell", id="a percentile"),
        pytest.param("skep.on-missing: static=50", "asks for 50 replicas, and at most 20 are allowed", id="a count"),
        pytest.param(
            "skep.metric.a.query: SELECT last(v) FROM m WHERE s = $$service AND time > now() - 1m, "
            "skep.metric.a.kind: total, skep.metric.a.target: '3', skep.metric.a.on-missing: current-if-higher=21",
            "skep.metric.a.on-missing asks for 21 replicas",
            id="a count of one metric",
        ),
    ],
)
def test_what_works_otherwise_than_was_perhaps_meant_is_a_warning(labels: str, because: str) -> None:
    (text,) = texts(compose(f"skep.max: '20', skep.requests: 50/s, {labels}"))
    assert because in text
    assert text.startswith("1.yml:1: web: warning: ")


def test_a_service_that_is_switched_off_is_fine() -> None:
    assert findings("services: {web: {image: x, deploy: {labels: {skep.enable: 'false', skep.max: '3'}}}}") == ()


def test_a_service_that_is_not_scaled_may_say_how_its_nodes_are_emptied() -> None:
    service = "services: {db: {image: x, deploy: {labels: {skep.surge: 'true', skep.protect: 'PROTECT'}}}}"
    assert findings(service.replace("PROTECT", "true")) == ()
    (text,) = texts(service.replace("PROTECT", "perhaps"))
    assert text.startswith('1.yml:1: db: warning: skep.protect is "perhaps", expected true, or until=')


def test_labels_of_another_autoscaler_are_pointed_out() -> None:
    peer = "services: {web: {image: x, deploy: {labels: {swarm.autoscaler.enabled: 'true'}}}}"
    (text,) = texts(peer)
    assert "which skep does not read by themselves; skep migrate translates them" in text


# --- policy files --------------------------------------------------------------------------------------------------

POLICY = """
services:
  shop_web: {latency: p95 < 2s}
  shop_*: {flaps: 9}
"""


def test_all_mistakes_of_a_policy_file_are_errors_with_their_lines() -> None:
    assert texts("defaults: {\n  tolerance: 10,\n  maxx: 3}\n") == [
        (
            '1.yml:2: error: defaults.tolerance is "10", expected a percentage from 0% to 100%, '
            "for example 10% or up=5% down=20%"
        ),
        '1.yml:3: error: defaults.maxx is "3", expected a key that skep knows, perhaps max, for example max',
    ]


def test_services_are_looked_at_with_what_the_policy_file_says_of_them() -> None:
    (text,) = texts(POLICY, COMPOSE)
    assert text.startswith("2.yml:4: shop_web: warning: skep.latency is meant for a percentile")


def test_a_mistake_of_the_policy_file_is_told_once_and_in_the_policy_file() -> None:
    (text,) = texts("services: {shop_web: {cpu: lots}}", COMPOSE)
    assert text.startswith('1.yml:1: error: services.shop_web.cpu is "lots"')


def test_what_only_the_service_makes_wrong_is_told_in_the_policy_file() -> None:
    (text,) = texts("services: {shop_web: {cpu: 70%}}", COMPOSE)
    assert text.startswith("1.yml:1: shop_web: error: services.shop_web.cpu is")
    assert "deploy.resources.limits.cpus" in text


def test_a_service_that_the_policy_file_enables_needs_no_label_for_it() -> None:
    labelled = "services: {web: {image: x, deploy: {labels: {skep.max: '3'}}}}"
    assert texts("services: {web: {enable: true, requests: 50/s}}", labelled) == []
    assert texts("services: {web: {enable: false}}", labelled) == []


@pytest.mark.parametrize(
    ("name", "stack", "is_about_nobody"),
    [
        pytest.param("shop_web", None, False, id="the stack that a name speaks of"),
        pytest.param("shop_*", None, False, id="the stack that a pattern speaks of"),
        pytest.param("web", None, False, id="no stack"),
        pytest.param("*", None, False, id="everything"),
        pytest.param("shop_wbe", None, True, id="a misspelt name"),
        pytest.param("*_api", None, True, id="a pattern that matches nothing"),
        pytest.param("shop_web", "shop", False, id="the stack that was given"),
        pytest.param("shop_web", "blog", True, id="another stack than was given"),
        pytest.param("web", "shop", True, id="a name without its stack"),
    ],
)
def test_a_clause_about_nobody_is_a_warning(name: str, stack: str | None, is_about_nobody: bool) -> None:
    found = texts(f"services: {{'{name}': {{flaps: 9}}}}", COMPOSE, stack=stack)
    assert found == ([f'1.yml:1: warning: "{name}" is the name of no service in 2.yml'] if is_about_nobody else [])


def test_a_policy_file_alone_says_nothing_of_who_it_is_about() -> None:
    assert findings("services: {shop_web: {flaps: 9}}") == ()


def test_several_compose_files_are_looked_at_together() -> None:
    other = COMPOSE.replace("web:", "api:")
    assert findings("services: {shop_api: {flaps: 9}, shop_web: {flaps: 8}}", COMPOSE, other) == ()


# --- which kind of file --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("services: {web: {image: x, lable: y}}", id="a service with an image"),
        pytest.param("version: '3.8'\nservices: {web: {}}", id="a version"),
        pytest.param("services: {web: {deploy: {replicas: 2}}}\nnetworks: {}", id="networks"),
        pytest.param("version: '3.8'\nvolumes: {a: {}}\nservices:\n", id="no services yet"),
    ],
)
def test_this_is_a_compose_file(text: str) -> None:
    assert findings(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("services: {shop_web: {mx: 3}}", id="services with keys of labels"),
        pytest.param("services: [{name: a, mx: 3}]", id="a list of services"),
        pytest.param("defaults: {mx: 3}", id="defaults"),
        pytest.param("pools: {a: {mx: 3, provider: lab, max: 3}}", id="pools"),
    ],
)
def test_this_is_a_policy_file(text: str) -> None:
    (found,) = texts(text)
    assert "perhaps max" in found


@pytest.mark.parametrize(
    ("content", "because"),
    [
        pytest.param(b"services: [", "valid YAML", id="no YAML"),
        pytest.param(b"services: \xff", "text in UTF-8", id="no text"),
        pytest.param(b"x" * 10_000_000, "at most 1048576 bytes", id="ten megabytes"),
        pytest.param(b"just a word", "a mapping", id="a word"),
    ],
)
def test_a_file_that_is_neither_is_one_error(content: bytes, because: str) -> None:
    (text,) = texts(content)
    assert because in text


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["services", "deploy", "labels", "defaults", "web", "skep.enable", "skep.max", "image"])
            | st.text(max_size=4),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(tree=TREES, other=TREES)
def test_any_files_give_findings_that_can_be_shown(tree: object, other: object) -> None:
    contents = [yaml.safe_dump(each) for each in ({"services": tree}, {"services": other, "version": "3"})]
    assert all(finding.text.isprintable() for finding in findings(*contents))
