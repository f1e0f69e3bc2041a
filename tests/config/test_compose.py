"""What skep reads of a Compose file, and what it says of a wrong one."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.compose import ComposeFile, ComposeService, read_compose
from skep.core.cluster import Resources, ServiceMode

VARIABLES = {"MOST": "20", "EMPTY": ""}


def read(text: str) -> ComposeFile:
    """The file ``docker-compose.yml`` with that text."""
    return read_compose(dedent(text), path="docker-compose.yml", variables=VARIABLES)


def only_service(text: str) -> ComposeService:
    """The one service of a file without problems."""
    file = read(text)
    assert file.problems == ()
    (service,) = file.services
    return service


def labels(value: str) -> dict[str, str]:
    """What a label with this value in YAML says."""
    return dict(only_service(f"services:\n  web:\n    deploy:\n      labels:\n        skep.max: {value}").labels)


def sentences(text: str) -> list[str]:
    """All that is wrong with a file."""
    return [problem.sentence for problem in read(text).problems]


# --- what is read --------------------------------------------------------------------------------------------------


def test_a_service_is_read_with_labels_resources_and_count() -> None:
    service = only_service("""\
        version: "3.8"
        services:
          web:
            image: shop/web
            labels:
              autopilot.enabled: "true"
            deploy:
              replicas: 3
              labels:
                skep.enable: "true"
                skep.max: 20
              resources:
                limits: {cpus: "0.50", memory: 512M}
                reservations: {cpus: 0.25, memory: 1073741824}
        """)
    assert service == ComposeService(
        name="web",
        labels=(("skep.enable", "true"), ("skep.max", "20")),
        container_labels=(("autopilot.enabled", "true"),),
        limits=Resources(cpu_cores=0.5, memory_bytes=512 << 20),
        reservations=Resources(cpu_cores=0.25, memory_bytes=1 << 30),
        replicas=3,
        mode=ServiceMode.REPLICATED,
        line=3,
        label_lines=(10, 11, 6),
    )


def test_what_is_not_said_is_as_the_engine_takes_it() -> None:
    assert only_service("services: {web: {image: shop/web}}") == ComposeService(name="web")


def test_labels_in_a_list_are_read_as_those_in_a_mapping() -> None:
    service = only_service("""\
        services:
          web:
            deploy:
              labels:
                - skep.max=20
                - skep.metric.jobs.query=SELECT last(depth) FROM queue WHERE service = $$service
                - only.a.name
        """)
    assert service.labels == (
        ("skep.max", "20"),
        ("skep.metric.jobs.query", "SELECT last(depth) FROM queue WHERE service = $service"),
        ("only.a.name", ""),
    )


@pytest.mark.parametrize(
    ("value", "label"),
    [
        pytest.param('"20"', "20", id="a text"),
        pytest.param("20", "20", id="a number"),
        pytest.param("0.50", "0.50", id="a fraction as it is written"),
        pytest.param("12:30", "12:30", id="a time, which old YAML takes for a number"),
        pytest.param("", "", id="nothing"),
        pytest.param("~", "", id="null"),
        pytest.param("$${MOST}", "${MOST}", id="two dollars are one"),
        pytest.param("${MOST}", "20", id="a variable"),
        pytest.param("$MOST", "20", id="a variable without braces"),
        pytest.param("${LEAST:-2}", "2", id="the default of a variable that is not set"),
        pytest.param("${EMPTY:-2}", "2", id="the default of a variable that is empty"),
        pytest.param("${EMPTY-2}", "", id="no default for an empty variable without a colon"),
        pytest.param("${MOST:?how many}", "20", id="a variable that is insisted on"),
        pytest.param("!!str true", "true", id="true as a text"),
        pytest.param("yes", "yes", id="a word that only old YAML takes for true"),
    ],
)
def test_the_value_of_a_label_is(value: str, label: str) -> None:
    assert labels(value) == {"skep.max": label}


def test_anchors_merge_keys_and_extensions_are_resolved() -> None:
    service = only_service("""\
        x-few: &few {skep.max: "5", skep.min: "2"}
        x-many: &many
          skep.max: "20"
          skep.cpu: 70%
        x-deploy: &deploy
          labels:
            <<: [*many, *few]
            skep.min: "3"
        services:
          web: {deploy: *deploy}
        """)
    assert dict(service.labels) == {"skep.max": "20", "skep.cpu": "70%", "skep.min": "3"}
    assert (service.line_of("skep.max"), service.line_of("skep.min"), service.line_of("none")) == (3, 8, 10)


def test_only_a_replicated_service_has_a_count() -> None:
    service = only_service("services: {agent: {deploy: {mode: global}}}")
    assert (service.mode, service.replicas) == (ServiceMode.GLOBAL, None)


def test_it_makes_a_service_as_a_swarm_would_have_it() -> None:
    service = only_service("services: {web: {deploy: {replicas: 2, labels: {skep.max: 20}}}}").as_service()
    assert (service.name, service.replicas, service.labels) == ("web", 2, (("skep.max", "20"),))


def test_parts_that_skep_does_not_read_may_be_anything() -> None:
    assert only_service("services: {web: {image: '${TAG}', networks: 3}, }\nvolumes: []").name == "web"


# --- what is wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "services:\n  web: [\n",
            'docker-compose.yml:2: the line is "web: [", expected valid YAML (expected the node content, '
            "but found '<stream end>'), for example key: value",
            id="no YAML, seen at the end",
        ),
        pytest.param(
            "services: {}\n---\nservices: {}",
            'docker-compose.yml:2: the line is "---", expected valid YAML (but found another document), '
            "for example key: value",
            id="two documents",
        ),
        pytest.param(
            "version: '3'\nweb: {image: shop/web}",
            "docker-compose.yml:1: services is missing, expected a Compose file with its services, "
            "for example services: {web: {image: shop/web}}",
            id="no services",
        ),
        pytest.param(
            "services:\n  web: shop/web",
            'docker-compose.yml:2: services.web is "shop/web", expected a mapping, for example web: {image: shop/web}',
            id="a service that is a text",
        ),
        pytest.param(
            "services:\n  web:\n    deploy:\n      labels: {skep.enable: true}",
            'docker-compose.yml:4: services.web.deploy.labels.skep.enable is "true", expected quotes around it, '
            'since docker stack deploy refuses a bare "true" here, for example "true"',
            id="true without quotes",
        ),
        pytest.param(
            "services:\n  web:\n    deploy:\n      labels: {skep.max: [20]}",
            'docker-compose.yml:4: services.web.deploy.labels.skep.max is "[20]", expected a text, for example "20"',
            id="a label that is a list",
        ),
        pytest.param(
            "services:\n  web:\n    deploy:\n      labels:\n        skep.metric.jobs.query: SELECT $service",
            'docker-compose.yml:5: services.web.deploy.labels.skep.metric.jobs.query is "SELECT $service", expected '
            "the variable service to be set, or $$service where a dollar is meant, for example ${service:-a default}",
            id="a dollar that was not doubled",
        ),
        pytest.param(
            "services:\n  web:\n    deploy:\n      labels:\n        price: 5$",
            'docker-compose.yml:5: services.web.deploy.labels.price is "5$", expected $NAME, ${NAME}, '
            "${NAME:-default}, or $$ where a dollar is meant, for example $${NAME}",
            id="a dollar that begins nothing",
        ),
        pytest.param(
            "services:\n  web:\n    deploy: {replicas: many}",
            'docker-compose.yml:3: services.web.deploy.replicas is "many", expected a whole number from 0 to '
            "2147483647, for example 2",
            id="no count",
        ),
        pytest.param(
            "services:\n  web:\n    deploy: {mode: everywhere}",
            'docker-compose.yml:3: services.web.deploy.mode is "everywhere", expected one of replicated, global, '
            "replicated-job, global-job, for example replicated",
            id="no mode",
        ),
        pytest.param(
            "services:\n  web:\n    deploy: {resources: {limits: {memory: much}}}",
            'docker-compose.yml:3: services.web.deploy.resources.limits.memory is "much", expected an amount of '
            "memory with its unit (b, k, m, g, t, MB, MiB, …), for example 300MiB",
            id="no amount of memory",
        ),
        pytest.param(
            "services:\n  web: {}\n  web: {}",
            'docker-compose.yml:3: services is "web", expected each key only once, '
            "for example one of the two without the other",
            id="a service twice",
        ),
        pytest.param(
            "services: &all {<<: *all}",
            'docker-compose.yml:1: services.<< is "&all {<<: *all}", expected a mapping that does not contain itself, '
            "for example *defaults",
            id="a mapping within itself",
        ),
        pytest.param(
            "[" * 5_000,
            "docker-compose.yml:1: the file is missing, expected fewer brackets within brackets, for example {}",
            id="brackets without end",
        ),
    ],
)
def test_a_problem_names_file_line_place_value_and_an_example(text: str, sentence: str) -> None:
    assert sentences(text) == [sentence]


def test_a_variable_that_is_not_set_is_told_once_and_not_read_as_a_value() -> None:
    (sentence,) = sentences("services: {web: {deploy: {replicas: '${MANY}'}}}")
    assert "the variable MANY to be set" in sentence


def test_all_problems_are_told_in_the_order_of_the_file_and_the_rest_is_read() -> None:
    file = read("""\
        services:
          web:
            deploy: {replicas: x, labels: {skep.max: "20", skep.dry-run: false}}
          db: 7
          queue: {image: shop/queue}
        """)
    assert [problem.line for problem in file.problems] == [3, 3, 4]
    assert [service.name for service in file.services] == ["web", "queue"]
    assert file.services[0].labels == (("skep.max", "20"), ("skep.dry-run", "false"))


def test_aliases_of_aliases_cost_nothing() -> None:
    anchors = ["x-0: &a0 {skep.max: '20'}"]
    anchors += [f"x-{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 40)]
    service = only_service("\n".join([*anchors, "services: {web: {deploy: {labels: *a39}}}"]))
    assert service.labels == (("skep.max", "20"),)


TOKENS = [
    "services:",
    "web:",
    "deploy:",
    "labels:",
    "&a",
    "*a",
    "<<:",
    "{",
    "}",
    "[",
    "]",
    "-",
    "$",
    "${x",
    "\n  ",
    "!",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(TOKENS)).map(" ".join)))
def test_any_text_is_read_or_objected_to(text: str) -> None:
    file = read_compose(text, path="any")
    assert all(problem.sentence and problem.line >= 1 for problem in file.problems)
