"""Counts are written into a Compose file, and nothing else in it changes."""

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skep.config.compose_counts import CountedFile, write_counts


def written(text: str, **counts: int) -> CountedFile:
    return write_counts(dedent(text), path="shop.yml", counts=counts)


def text_of(text: str, **counts: int) -> str:
    """The text with counts, of a file that takes them."""
    file = written(text, **counts)
    assert file.problems == ()
    return file.text


# --- what is written ---------------------------------------------------------------------------------------------


def test_counts_are_replaced_and_everything_else_stays_to_the_last_character() -> None:
    before = """\
        # The shop.
        version: "3.8"

        x-labels: &labels {skep.enable: "true"}   # for all

        services:

          web:    # the front
            image: 'shop/web:3.1'
            deploy:
              mode: replicated
              replicas:   2     # as few as can be
              labels:
                <<: *labels
                skep.max: "20"

          api: {image: shop/api, deploy: {replicas: 3}}
          db:
            image: postgres
            deploy: {replicas: 1}
        """
    after = before.replace("replicas:   2 ", "replicas:   7 ").replace("{replicas: 3}", "{replicas: 12}")
    assert text_of(before, web=7, api=12) == dedent(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("replicas: 2", "replicas: 7", id="a number"),
        pytest.param('replicas: "2"', "replicas: 7", id="a text"),
        pytest.param("replicas: '2'  # two", "replicas: 7  # two", id="a text with a comment"),
        pytest.param("replicas: ${WEB_REPLICAS:-2}", "replicas: 7", id="a variable"),
        pytest.param("replicas:", "replicas: 7", id="nothing"),
        pytest.param("replicas:   # none yet", "replicas: 7   # none yet", id="nothing with a comment"),
        pytest.param("replicas: ~", "replicas: 7", id="null"),
        pytest.param('"replicas": 2', '"replicas": 7', id="a key in quotes"),
    ],
)
def test_a_count_is_replaced_where_there_is(before: str, after: str) -> None:
    file = "services:\n  web:\n    deploy:\n      {}\n      labels: {{a: b}}\n"
    assert text_of(file.format(before), web=7) == file.format(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "services:\n  web:\n    deploy:\n      # comment\n      labels: {a: b}\n",
            "services:\n  web:\n    deploy:\n      # comment\n      replicas: 7\n      labels: {a: b}\n",
            id="to a deploy without one",
        ),
        pytest.param(
            "services:\n  web:\n    deploy:  # later\n    image: shop/web\n",
            "services:\n  web:\n    deploy:  # later\n      replicas: 7\n    image: shop/web\n",
            id="to a deploy with nothing in it",
        ),
        pytest.param(
            "services:\n  web:\n    deploy:",
            "services:\n  web:\n    deploy:\n      replicas: 7",
            id="to the end of a file without an end of line",
        ),
        pytest.param(
            "services:\n    web:\n        image: shop/web\n",
            "services:\n    web:\n        deploy:\n          replicas: 7\n        image: shop/web\n",
            id="with its deploy",
        ),
        pytest.param(
            "x-d: &d {labels: {a: b}}\nservices:\n  web:\n    deploy:\n      <<: *d\n",
            "x-d: &d {labels: {a: b}}\nservices:\n  web:\n    deploy:\n      replicas: 7\n      <<: *d\n",
            id="beside what is merged in",
        ),
        pytest.param(
            "services:\r\n  web:\r\n    deploy:\r\n      labels: {a: b}\r\n",
            "services:\r\n  web:\r\n    deploy:\r\n      replicas: 7\r\n      labels: {a: b}\r\n",
            id="in lines that end as on Windows",
        ),
        pytest.param(
            "\ufeffservices:\n  web:\n    deploy:\n      labels: {grüße: 蜂🐝}\n",
            "\ufeffservices:\n  web:\n    deploy:\n      replicas: 7\n      labels: {grüße: 蜂🐝}\n",
            id="after a mark of byte order and beside any script",
        ),
    ],
)
def test_a_count_is_added(before: str, after: str) -> None:
    assert write_counts(before, path="shop.yml", counts={"web": 7}).text == after


def test_what_was_changed_is_told_with_the_line_it_stands_on_now() -> None:
    file = written(
        """\
        services:
          web:
            image: shop/web
          api:
            deploy:
              replicas: 3
        """,
        web=7,
        api=4,
    )
    lines = file.text.splitlines()
    assert [(c.service, c.before, c.replicas, lines[c.line - 1].strip()) for c in file.changes] == [
        ("web", None, 7, "replicas: 7"),
        ("api", "3", 4, "replicas: 4"),
    ]


def test_services_without_a_count_and_counts_without_a_service_are_passed_over() -> None:
    text = "services:\n  web: {image: shop/web}\n"
    assert write_counts(text, path="shop.yml", counts={"gone": 3}) == CountedFile(text=text)


# --- what cannot be written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("services:\n  web: {image: x}\n", "shop.yml:2: services.web ", id="a service in braces"),
        pytest.param(
            "services:\n  web:\n    deploy: {labels: {a: b}}\n",
            "shop.yml:3: services.web.deploy ",
            id="a deploy in braces",
        ),
        pytest.param(
            "x-d: &d\n  mode: replicated\nservices:\n  web:\n    deploy: *d\n",
            "shop.yml:5: services.web.deploy ",
            id="a deploy that is an alias",
        ),
        pytest.param(
            "services:\n  web:\n    deploy: &d\n      replicas: 2\n  api:\n    deploy: *d\n",
            "shop.yml:3: services.web.deploy ",
            id="a deploy that another service shares",
        ),
        pytest.param(
            "services:\n  web: &w\n    image: x\n  api:\n    <<: *w\n",
            "shop.yml:2: services.web ",
            id="a service that another takes over",
        ),
        pytest.param(
            "x-s: &s\n  deploy: {replicas: 2}\nservices:\n  web:\n    <<: *s\n",
            "shop.yml:4: services.web ",
            id="a deploy that is merged in",
        ),
        pytest.param(
            "x-s: &s\n  deploy: {}\nx-t: &t\n  <<: [*s]\nservices:\n  web:\n    <<: *t\n    image: x\n",
            "shop.yml:6: services.web ",
            id="a deploy that is merged in by a detour",
        ),
        pytest.param(
            "x-n: &n 3\nservices:\n  web:\n    deploy:\n      replicas: *n\n",
            "shop.yml:5: services.web.deploy.replicas ",
            id="a count that is an alias",
        ),
        pytest.param(
            "services:\n  web:\n    deploy:\n      replicas: !!int 3\n",
            "shop.yml:4: services.web.deploy.replicas ",
            id="a count with a tag",
        ),
        pytest.param(
            "services:\n  web:\n    deploy:\n      mode: global\n",
            "shop.yml:4: services.web.deploy.mode ",
            id="a global service",
        ),
        pytest.param("services:\n  web:\n", "shop.yml:2: services.web ", id="a service of nothing"),
        pytest.param("services:\n  web:\n    deploy: [x]\n", "shop.yml:3: services.web.deploy ", id="a list"),
        pytest.param("services:\n  web: {\n", "shop.yml:2: the line ", id="no YAML"),
    ],
)
def test_what_cannot_be_edited_alone_is_told_with_its_place_and_nothing_changes(text: str, place: str) -> None:
    file = write_counts(text, path="shop.yml", counts={"web": 7})
    (problem,) = file.problems
    assert problem.sentence.startswith(place)
    assert (file.text, file.changes) == (text, ())


def test_all_that_cannot_be_edited_is_told_at_once() -> None:
    file = written("services:\n  web: {image: x}\n  api: {image: x}\n  db:\n    image: x\n", web=1, api=2, db=3)
    assert [problem.line for problem in file.problems] == [2, 3]


# --- for whatever file there may be --------------------------------------------------------------------------------

SERVICES = st.fixed_dictionaries(
    {"image": st.sampled_from(["shop/web", "'3'", "# no"])},
    optional={
        "deploy": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "replicas": st.none() | st.integers(0, 99) | st.sampled_from(["${N}", "3"]),
                "labels": st.dictionaries(st.sampled_from(["skep.max", "a"]), st.sampled_from(["20", "x: y", "\n#"])),
                "mode": st.just("replicated"),
            },
        ),
        "command": st.lists(st.sampled_from(["a", "- b", "c:"]), max_size=2),
    },
)
FILES = st.dictionaries(st.sampled_from(["web", "api", "my-db", "1", "a b"]), SERVICES, min_size=1)


def with_counts(services: Mapping[str, Any], counts: Mapping[str, int]) -> dict[str, Any]:
    """The services as they should be."""
    return {
        name: {**service, "deploy": {**(service.get("deploy") or {}), "replicas": counts[name]}}
        for name, service in services.items()
    }


@given(services=FILES, counts=st.lists(st.integers(0, 99), min_size=5, max_size=5), indent=st.integers(2, 6))
def test_a_written_file_says_what_it_said_with_the_counts_and_twice_is_once(
    services: dict[str, Any], counts: list[int], indent: int
) -> None:
    text = yaml.safe_dump({"services": services}, indent=indent, sort_keys=False, default_flow_style=False)
    wanted = dict(zip(services, counts, strict=False))
    file = write_counts(text, path="shop.yml", counts=wanted)
    if any("deploy" in service and not service["deploy"] for service in services.values()):
        # Written as braces or as null, which have no line to add one to.
        assert file.problems
        return
    assert file.problems == ()
    assert yaml.safe_load(file.text) == {"services": with_counts(services, wanted)}
    assert write_counts(file.text, path="shop.yml", counts=wanted).text == file.text
