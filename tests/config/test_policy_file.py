"""The policy file says what labels say, for many services at once, and tells all that is wrong with it."""

from dataclasses import replace
from datetime import timedelta
from textwrap import dedent

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from skep.config import policy_file
from skep.config.catalogue import CATALOGUE, Label
from skep.config.clauses import PolicyFile
from skep.config.labels import LabelDefaults, read_labels
from skep.config.problem import Problems
from skep.core.policy import Bounds, OnMissing, ServicePolicy
from tests.builders import service
from tests.config.policies import NAME, failure_of, file_of, outcome, policy_of, problems_of, sentences_of
from tests.config.test_catalogue import ENOUGH, SUPPORTED, in_force, with_example

WEB = """
services:
  shop_web:
    enable: true
    max: 20
    requests: 50/s
"""
LIBRARY = """
metrics:
  jobs:
    query: SELECT last(v) FROM m WHERE service = $service AND time > now() - 1m
    target: 30
    kind: total
"""


def web(clause: str) -> str:
    """The file with one more line in the clause of the web, in place of the one with the same key."""
    key = clause.partition(":")[0]
    lines = [line for line in WEB.splitlines() if not line.startswith(f"    {key}:")]
    return "\n".join([*lines, f"    {clause}", ""])


BY_LABELS = {"skep.enable": "true", "skep.max": "20", "skep.requests": "50/s"}


# --- whom it is about ----------------------------------------------------------------------------------------------


def test_a_service_that_only_the_file_enables_needs_no_label() -> None:
    policy = policy_of(WEB)
    assert policy == read_labels(service(labels=BY_LABELS))


def test_a_service_that_nobody_speaks_of_is_not_enabled() -> None:
    assert outcome(WEB, name="blog") is None


def test_a_clause_that_does_not_enable_says_only_how() -> None:
    text = "services: {shop_web: {max: 5}}"
    assert outcome(text) is None
    assert policy_of(text, {"skep.enable": "true", "skep.requests": "50/s"}).bounds.max_replicas == 5


def test_the_file_may_switch_off_what_it_enables_for_others() -> None:
    text = "services: {'*': {enable: true, max: 9, requests: 50/s}, skep_beat: {enable: false}}"
    assert policy_of(text).bounds.max_replicas == 9
    assert outcome(text, name="skep_beat") is None


def test_services_may_be_a_list_of_clauses_with_names() -> None:
    listed = "services: [{name: shop_web, enable: true, max: 20, requests: 50/s}]"
    assert policy_of(listed) == policy_of(WEB)


@pytest.mark.parametrize(
    ("pattern", "name", "covers"),
    [
        pytest.param("shop_*", "shop_web", True, id="a stack"),
        pytest.param("shop_*", "shopping_web", False, id="another stack"),
        pytest.param("*_web", "shop_web", True, id="a service of any stack"),
        pytest.param("*", "shop_web", True, id="everything"),
        pytest.param("shop_we?", "shop_web", True, id="any one character"),
        pytest.param("shop.web", "shop_web", False, id="a dot is a dot"),
        pytest.param("shop_web", "shop_web2", False, id="a name is the whole name"),
    ],
)
def test_a_pattern_covers_the_names_that_match_it(pattern: str, name: str, covers: bool) -> None:
    assert file_of(f"services: {{'{pattern}': {{max: 3}}}}").covers(name) is covers


# --- what counts more ----------------------------------------------------------------------------------------------

LAYERS = """
defaults: {max: 1, min: 1, flaps: 1, tolerance: 1%, price: 1}
services:
  shop_web: {enable: true, requests: 50/s, max: 4, min: 4}
  shop_*: {max: 2, min: 2, flaps: 2}
  "*_web": {max: 3, min: 3, flaps: 3, tolerance: 3%}
"""


def test_key_by_key_labels_count_most_then_the_name_then_the_later_pattern_then_the_defaults() -> None:
    policy = policy_of(LAYERS, {"skep.max": "5"})
    assert policy.bounds == Bounds(min_replicas=4, max_replicas=5)
    assert (policy.flaps_per_hour, policy.tolerance.up_ratio, policy.price) == (3, 0.03, 1)


def test_the_file_counts_more_than_the_settings_of_skep() -> None:
    defaults = LabelDefaults(
        max_age=timedelta(minutes=9), window=timedelta(minutes=8), file=file_of("defaults: {window: 20s}")
    )
    policy = read_labels(service(labels=BY_LABELS), defaults=defaults)
    assert isinstance(policy, ServicePolicy)
    assert (policy.metrics[0].window, policy.max_age) == (timedelta(seconds=20), timedelta(minutes=9))


def test_defaults_hold_for_services_with_labels_and_enable_nobody_else() -> None:
    text = "defaults: {enable: true, max: 7, requests: 50/s}"
    assert policy_of(text, {"skep.min": "2"}).bounds == Bounds(min_replicas=2, max_replicas=7)
    assert outcome(text) is None


def test_a_metric_of_the_library_counts_where_it_is_used() -> None:
    text = LIBRARY + "services: {shop_web: {enable: true, max: 9, use: jobs}, blog: {enable: true, max: 9, cpu: 70%}}"
    assert [metric.name for metric in policy_of(text).metrics] == ["jobs"]
    assert [metric.name for metric in policy_of(text, name="blog").metrics] == ["cpu"]


def test_a_service_may_change_a_metric_of_the_library_for_itself() -> None:
    text = LIBRARY + "services: {shop_web: {enable: true, max: 9, metrics: {jobs: {target: 5}}, use: [jobs]}}"
    assert policy_of(text).metrics[0].target_value == 5


def test_which_store_a_query_is_meant_for_may_be_said_elsewhere() -> None:
    text = """
    defaults: {metrics: {jobs: {source: prometheus, target: 30, kind: total}}}
    services: {shop_web: {enable: true, max: 9, metrics: {jobs: {query: 'sum(jobs{service=$service})'}}}}
    """
    assert sentences_of(text) == []
    assert policy_of(text).metrics[0].source == "prometheus"


def test_anchors_and_merge_keys_are_fine() -> None:
    text = """
    x-calm: &calm {enable: true, max: 20, scale-down: {window: 10m}}
    services:
      shop_web: {<<: *calm, requests: 50/s}
      shop_api: {<<: *calm, requests: 10/s, max: 3}
    """
    assert policy_of(text).scale_down.window == timedelta(minutes=10)
    assert policy_of(text, name="shop_api").bounds.max_replicas == 3


# --- one grammar ---------------------------------------------------------------------------------------------------


def written(labels: dict[str, str]) -> str:
    """A file that says the same as labels, each as its text."""
    clause: dict[str, object] = {}
    metrics: dict[str, dict[str, str]] = {}
    schedules: dict[str, str] = {}
    for label, text in labels.items():
        _, section, *rest = label.split(".", maxsplit=2)
        if section == "metric":
            name, _, field = rest[0].rpartition(".")
            metrics.setdefault(name, {})[field] = text
        elif section == "schedule":
            schedules[rest[0]] = text
        else:
            clause[section] = text
    return yaml.safe_dump({"services": {"web": {**clause, "metrics": metrics, "schedules": schedules}}})


@pytest.mark.parametrize(
    ("label", "text"),
    [pytest.param(label, text, id=f"{label.name}: {text}") for label in SUPPORTED for text in label.examples],
)
def test_a_text_means_the_same_as_a_label_and_in_the_file(label: Label, text: str) -> None:
    labels = with_example(label, text)
    assert policy_of(written(labels), name="web") == read_labels(service(labels=labels))
    assert sentences_of(written(labels)) == []


@pytest.mark.parametrize(
    ("label", "slots", "text"),
    [
        pytest.param(
            "scale-up",
            "{window: 5m, rate: [50%/1m, 4/1m], select: min}",
            "window=5m rate=50%/1m,4/1m select=min",
            id="growth",
        ),
        pytest.param("scale-down", "{rate: 1/1m}", "rate=1/1m", id="one rate"),
        pytest.param("tolerance", "{down: 20%}", "down=20%", id="a tolerance"),
        pytest.param("cooldown", "{up: 0s, down: 3m}", "up=0s down=3m", id="a cooldown"),
        pytest.param("requests", "{activation: 2/s, target: 50/s}", "50/s activation=2/s", id="in any order"),
        pytest.param("inflight", "{target: 8}", "8", id="a number"),
        pytest.param("latency", "{p95: 250ms}", "p95 < 250ms", id="a percentile"),
        pytest.param("queue", "{redis: mails, target: 30}", "redis:mails target=30", id="a queue"),
        pytest.param("on-missing", "{static: 5, after: 3m}", "static=5 after=3m", id="an outage"),
        pytest.param("on-missing", "{mode: last, max-age: 10m}", "last max-age=10m", id="an outage by its mode"),
        pytest.param("protect", "{until: 2026-12-24T18:00+01:00}", "until=2026-12-24T18:00+01:00", id="a time"),
    ],
)
def test_the_parts_of_a_text_may_be_written_one_by_one(label: str, slots: str, text: str) -> None:
    by_file = policy_of(web(f"{label}: {slots}"))
    assert by_file == read_labels(service(labels={**BY_LABELS, f"skep.{label}": text}))


@pytest.mark.parametrize(
    ("slots", "text"),
    [
        pytest.param(
            "{days: [Mon, Tue], hours: 08:00-18:00, zone: Europe/Berlin, min: 5, max: 30}",
            "Mon,Tue 08:00-18:00 Europe/Berlin min=5 max=30",
            id="days and hours",
        ),
        pytest.param(
            "{cron: 0 8 * * 1-5, until: 0 18 * * 1-5, zone: UTC, min: 5}",
            'cron="0 8 * * 1-5" until="0 18 * * 1-5" UTC min=5',
            id="cron",
        ),
    ],
)
def test_the_parts_of_a_schedule_may_be_written_one_by_one(slots: str, text: str) -> None:
    by_file = policy_of(web(f"schedules: {{office: {slots}}}"))
    assert by_file == read_labels(service(labels={**BY_LABELS, "skep.schedule.office": text}))


@pytest.mark.parametrize("label", [pytest.param(label, id=label.name) for label in CATALOGUE if label.slots])
def test_the_example_of_parts_is_right(label: Label) -> None:
    text = f"metrics: {{jobs: {{{label.key}: {label.example_of_slots}}}}}"
    if label.is_of_schedule:
        text = f"defaults: {{schedules: {{office: {label.example_of_slots}}}}}"
    elif not label.is_of_metric:
        text = f"defaults: {{{label.key}: {label.example_of_slots}}}"
    assert sentences_of(text) == []


TEXTS = (
    st.text()
    | st.from_regex(r"[0-9]{1,4}(\.[0-9])?( ?(%|s|m|h|/s|cores|MiB))?", fullmatch=True)
    | st.sampled_from([text for label in CATALOGUE for text in label.examples])
)
NAMES = st.sampled_from([in_force(label) for label in SUPPORTED])


@given(said=st.dictionaries(NAMES, TEXTS, max_size=4))
@example(said={"skep.max": ""})
def test_any_texts_mean_the_same_as_labels_and_in_the_file(said: dict[str, str]) -> None:
    labels = {**ENOUGH, **said}
    by_labels, by_file = read_labels(service(labels=labels)), outcome(written(labels), name="web")
    if not isinstance(by_labels, Problems):
        assert by_file == by_labels
    else:
        assert isinstance(by_file, Problems)
        assert {(p.label, p.given, p.expected) for p in by_file.problems} == {
            (p.label, p.given, p.expected) for p in by_labels.problems
        }


# --- what is wrong with parts of it --------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_at_once_and_in_order_with_file_line_and_column() -> None:
    text = dedent("""\
        defaults:
          tolerance: 10
        services:
          shop_web:
            maxx: 5
            scale-up: {windo: 5m}
            cpu: [70%]
          shop_api: {use: [jbos], metrics: {jobs: {qurey: x}}}
        metrics: {jobs: {kind: sum}}
        """)
    assert sentences_of(text) == [
        (
            'policy.yml:2:3: defaults.tolerance is "10", expected a percentage from 0% to 100%, '
            "for example 10% or up=5% down=20%"
        ),
        'policy.yml:5:5: services.shop_web.maxx is "5", expected a key that skep knows, perhaps max, for example max',
        (
            'policy.yml:6:16: services.shop_web.scale-up.windo is "5m", expected one of window, rate, select, '
            "perhaps window, for example {window: 5m, rate: [50%/1m, 4/1m]}"
        ),
        'policy.yml:7:5: services.shop_web.cpu is "[70%]", expected a text, for example 70%',
        (
            'policy.yml:8:20: services.shop_api.use is "jbos", expected the name of a metric below metrics: '
            "at the top of the file, perhaps jobs, for example jobs"
        ),
        (
            'policy.yml:8:44: services.shop_api.metrics.jobs.qurey is "x", expected a key that skep knows, '
            "perhaps query, for example query"
        ),
        (
            'policy.yml:9:18: metrics.jobs.kind is "sum", expected average (a mean over replicas), total (a sum over '
            "the service) or utilization (a mean in percent), for example total"
        ),
    ]


@pytest.mark.parametrize(
    ("clause", "because"),
    [
        pytest.param("max: 5\n    max: 6", "each key only once", id="a key twice"),
        pytest.param("max:", "services.shop_web.max is empty", id="a key without a value"),
        pytest.param("max: {of: 5}", "expected a text", id="parts of what has none"),
        pytest.param("skep.max: 5", "perhaps max", id="the label in full"),
        pytest.param("requests: {activation: 2/s}", "requests.target is missing", id="a part that is needed"),
        pytest.param("requests: {target: [50/s]}", "expected a text", id="a list in place of a text"),
        pytest.param("scale-up: {rate: [[4/1m]]}", "expected a text, or a list of texts", id="a list in a list"),
        pytest.param("scale-up: {rate: 4}", "rate= to be 1 or more replicas", id="a part that is wrong"),
        pytest.param("metrics: {cpu: {target: 30}}", "a metric name that is not built in", id="a name that is taken"),
        pytest.param("metrics: [jobs]", "a mapping", id="metrics in a list"),
        pytest.param("metrics: {jobs: 5}", "a mapping", id="a metric in a word"),
        pytest.param("schedules: {a b: 08:00-18:00 UTC min=2}", "a schedule's name", id="the name of a schedule"),
        pytest.param("schedules: {a: 08:00-18:00 min=2}", "a time zone", id="a schedule of which zone?"),
        pytest.param("use: [{jobs: 5}]", "the name of a metric below metrics:", id="use of a mapping"),
        pytest.param("dialect: kapacitor", "expected one of swarm-hpa", id="a dialect that nobody speaks"),
    ],
)
def test_a_wrong_clause_is_told_and_leaves_its_service_alone(clause: str, because: str) -> None:
    (sentence, *_) = sentences_of(web(clause))
    assert because in sentence
    assert any(because in problem and "policy.yml:" in problem for problem in problems_of(web(clause)))


def test_a_problem_of_a_service_names_the_service_and_the_place_in_the_file() -> None:
    assert problems_of(WEB + "    cpu: 70\n") == [
        (
            'shop_web: policy.yml:7:5: services.shop_web.cpu is "70", expected a percentage of the limit or an '
            "absolute amount, for example 70% or 0.5 cores"
        )
    ]


def test_what_is_missing_where_the_file_enables_a_service_is_shown_beside_what_enables_it() -> None:
    assert problems_of("services: {shop_web: {enable: true, requests: 50/s}}") == [
        "shop_web: policy.yml:1:23: skep.max is missing, expected the most replicas it may have, for example 20"
    ]


def test_what_has_a_shape_that_no_text_has_is_not_called_missing_too() -> None:
    (sentence,) = problems_of("services: {shop_web: {enable: true, max: [20], requests: 50/s}}")
    assert "expected a text" in sentence


# --- whom a wrong file concerns ------------------------------------------------------------------------------------

HALF_WRONG = """
defaults: {tolerance: much, flapps: 4}
services:
  shop_web: {enable: true, max: 20, requests: 50/s}
  blog: {max: 20, maxx: 30}
"""


def test_a_service_with_labels_alone_goes_on_whatever_is_wrong_with_clauses_of_others() -> None:
    labels = {**BY_LABELS, "skep.tolerance": "5%"}
    assert policy_of(HALF_WRONG, labels, name="news") == read_labels(service(name="news", labels=labels))


def test_a_service_that_would_take_a_wrong_default_is_left_alone() -> None:
    (sentence,) = problems_of(HALF_WRONG, BY_LABELS, name="news")
    assert sentence.startswith('news: policy.yml:2:12: defaults.tolerance is "much"')


def test_a_wrong_clause_that_neither_enables_nor_switches_off_might_have_meant_to() -> None:
    assert any("perhaps max" in sentence for sentence in problems_of(HALF_WRONG, name="blog"))
    assert outcome(HALF_WRONG, {"skep.enable": "false"}, name="blog") is None


def test_an_unknown_section_concerns_whom_the_file_speaks_of() -> None:
    text = WEB + "defalts: {dry-run: true}\n"
    assert problems_of(text) == [
        (
            'shop_web: policy.yml:7:1: defalts is "{dry-run: true}", expected one of defaults, metrics, services, '
            "pools, perhaps defaults, for example defaults"
        )
    ]
    assert policy_of(text, BY_LABELS, name="news") == read_labels(service(name="news", labels=BY_LABELS))


def test_a_wrong_metric_of_the_library_concerns_whoever_uses_it() -> None:
    text = "metrics: {jobs: {kindd: total}}\n" + WEB
    assert policy_of(text) == policy_of(WEB)
    assert "perhaps kind" in problems_of(text + "    use: jobs\n")[0]


def test_a_wrong_pool_concerns_no_service() -> None:
    assert policy_of(WEB + "pools: {workers: {max: many}}\n") == policy_of(WEB)


# --- what cannot be read at all ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "because"),
    [
        pytest.param("services:\n\tshop_web: {}\n", 2, "valid YAML (found character '\\t'", id="tabs"),
        pytest.param("a: b: c", 1, "valid YAML", id="no YAML"),
        pytest.param("services: [", 1, "valid YAML", id="an open bracket"),
        pytest.param("- shop_web\n", 1, "a mapping", id="a list"),
        pytest.param("shop_web", 1, "a mapping", id="a word"),
        pytest.param("services: {}\nservices: {}\n", 2, "each key only once", id="a section twice"),
        pytest.param("a: 1\n---\nb: 2\n", 2, "valid YAML", id="two documents"),
        pytest.param("a: \x00", 1, "valid YAML", id="a NUL"),
        pytest.param("[" * 5_000, 1, "fewer brackets", id="five thousand brackets"),
        pytest.param(b"services: {\xff\xfe}", 1, "text in UTF-8", id="bytes that are no UTF-8"),
        pytest.param("x" * 10_000_000, 1, "at most 1048576 bytes", id="ten million characters"),
        pytest.param(b"x" * 10_000_000, 1, "at most 1048576 bytes", id="ten million bytes"),
        pytest.param(
            "x-a: &a {"
            + ", ".join(f"k{n}: 1" for n in range(1_000))
            + "}\nservices:\n"
            + "".join(f"  s{n}: *a\n" for n in range(1_000)),
            1,
            "at most 50000",
            id="a million keys by a few aliases",
        ),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_reason(text: str | bytes, line: int, because: str) -> None:
    problem = failure_of(text)
    assert problem.origin is not None
    assert (problem.origin.line, problem.service) == (line, None)
    assert because in problem.expected
    assert problem.sentence.startswith(f"policy.yml:{line}:")


def test_a_bomb_of_aliases_costs_what_is_read_of_it() -> None:
    levels = "".join(f"x-{n + 1}: &x{n + 1} [{', '.join([f'*x{n}'] * 10)}]\n" for n in range(30))
    text = "x-0: &x0 [a]\n" + levels + "services: {shop_web: {enable: true, max: 5, requests: 50/s, use: *x30}}\n"
    assert "the name of a metric" in sentences_of(text)[0]


def test_the_bytes_of_a_file_may_begin_with_a_byte_order_mark() -> None:
    assert isinstance(policy_file.read(b"\xef\xbb\xbf" + WEB.encode(), NAME), PolicyFile)


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "services:\ndefaults:\n"], ids=["empty", "remarks", "sections"]
)
def test_a_file_that_says_nothing_is_fine(text: str) -> None:
    assert (sentences_of(text), outcome(text)) == ([], None)
    assert policy_of(text, BY_LABELS) == policy_of(WEB)


@given(text=st.text() | st.binary())
def test_any_text_is_a_file_or_problems_that_can_be_shown(text: str | bytes) -> None:
    read = policy_file.read(text, NAME)
    assert all(problem.sentence.isprintable() for problem in read.problems)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["70%", "5m", "50/s", "off"]),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "defaults",
                    "metrics",
                    "services",
                    "pools",
                    "name",
                    "use",
                    "jobs",
                    "schedules",
                    "cpu",
                    "max",
                    "scale-down",
                ]
            )
            | st.text(max_size=4),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(sections=st.dictionaries(st.sampled_from(["defaults", "metrics", "services", "pools"]), TREES))
def test_any_tree_is_a_file_or_problems_that_can_be_shown(sections: dict[str, object]) -> None:
    read = policy_file.read(yaml.safe_dump(sections), NAME)
    assert all(problem.sentence.isprintable() and ", expected " in problem.sentence for problem in read.problems)
    if isinstance(read, PolicyFile):
        outcome(read)


# --- after a good file was replaced by one that cannot be read -------------------------------------------------------


def broken(text: str) -> PolicyFile:
    return file_of(text).failed((failure_of("a: b: c"),))


def test_services_that_the_last_good_file_named_are_left_alone_and_say_why() -> None:
    (sentence,) = problems_of(broken(WEB))
    assert sentence.startswith("shop_web: policy.yml:1:1: the line is")


def test_services_with_labels_alone_go_on_by_them_and_by_the_last_good_defaults() -> None:
    file = broken(WEB + "defaults: {flaps: 9}\n")
    assert policy_of(file, BY_LABELS, name="news").flaps_per_hour == 9


def test_where_there_never_was_a_good_file_labels_alone_count() -> None:
    file = PolicyFile(name=NAME).failed((failure_of("a: b: c"),))
    assert outcome(file) is None
    assert policy_of(file, BY_LABELS) == read_labels(service(name="shop_web", labels=BY_LABELS))


# --- speed ---------------------------------------------------------------------------------------------------------


def test_files_are_the_same_where_their_text_is() -> None:
    one, same, other = file_of(WEB), file_of(WEB), file_of(WEB + "\n")
    assert (one == same, hash(one) == hash(same)) == (True, True)
    assert one != other
    assert one != replace(one, failure=(failure_of("a: b: c"),))


def test_a_service_whose_labels_and_file_did_not_change_is_not_read_again() -> None:
    assert policy_of(file_of(WEB)) is policy_of(file_of(WEB))


def test_a_changed_file_is_seen_at_once() -> None:
    assert policy_of(WEB.replace("20", "30")).bounds.max_replicas == 30
    assert policy_of(WEB + "    on-missing: last\n").outage.mode is OnMissing.LAST
