"""`skep tune`: proposals with their evidence, and what is wrong in one sentence."""

import json
from datetime import timedelta

from click.testing import CliRunner, Result

from cli.main import skep
from skep.core.bounds import Bounds
from skep.core.foresight.advice import Advice, CapacityEstimate, PriceOption
from skep.core.foresight.metric_delay import MetricDelay
from skep.core.policy import Unit
from tests.fakes.desk import FakeQuestions, desk, service

ADVICE = Advice(
    service="shop_web",
    metric="requests",
    unit=Unit.PER_SECOND,
    known=timedelta(days=6.5),
    target_value=50.0,
    bounds=Bounds(min_replicas=1, max_replicas=10),
    start_delay=timedelta(seconds=12),
    is_start_delay_measured=True,
    metric_delay=MetricDelay(typical=timedelta(seconds=8), longest=timedelta(seconds=13), evaluations=120),
    lowest=80.0,
    highest=612.0,
    proposed_bounds=Bounds(min_replicas=2, max_replicas=16),
    prices=(
        PriceOption(price=4, rule="the load of now", replicas=5.1, missing=0.12),
        PriceOption(price=10, rule="the load of now + 1 error", replicas=5.9, missing=0.02),
    ),
    proposed_price=10,
    capacity=CapacityEstimate(load=91.0, error=4.0, points=900),
    proposed_target=63.7,
)


def run(*arguments: str) -> Result:
    questions = FakeQuestions(services=(service("shop_web"),), advices={"shop_web": ADVICE, "id-of-shop_web": ADVICE})
    return CliRunner().invoke(skep, ["tune", *arguments], obj=desk(questions=questions), env={"COLUMNS": "100"})


def test_proposals_are_told_with_their_evidence_and_as_labels() -> None:
    result = run("shop_web")
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "6.5 days of requests of shop_web are known.\n"
        "A replica serves 12 s after its order, as measured on those that run.\n"
        "Load is seen 8 s after it came, at most 13 s in 120 evaluations.\n"
        "\n"
        "Bounds: 2 to 16 (now 1 to 10).\n"
        "  The load was hardly ever below 80/s and at most 612/s.\n"
        "  A replica should carry 50/s; a quarter is left for what was not seen yet.\n"
        "\n"
        "Price: 10, the lowest that is seldom late. The best rule for each, on average:\n"
        "  4: 5.10 replicas, short of 0.120 (the load of now)\n"
        "  10: 5.90 replicas, short of 0.020 (the load of now + 1 error)\n"
        "\n"
        "Target: 63.7/s (now 50/s).\n"
        "  That is 70 % of what a replica seems to carry: 91/s, give or take 4/s,\n"
        "  as its processor tells at 900 moments. Something else may give in earlier: try it first.\n"
        "\n"
        "In labels:\n"
        '  skep.min: "2"\n'
        '  skep.max: "16"\n'
        '  skep.tune: "shadow"\n'
        '  skep.price: "10"\n'
    )


def test_a_service_may_be_named_without_its_stack() -> None:
    assert run("web").stdout == run("shop_web").stdout


def test_json_has_every_figure() -> None:
    document = json.loads(run("shop_web", "--json").stdout)
    assert document["proposed_bounds"] == {"min_replicas": 2, "max_replicas": 16}
    assert [option["price"] for option in document["prices"]] == [4, 10]


def test_an_unknown_service_is_told() -> None:
    result = run("wbe")
    assert (result.exit_code, "wbe" in result.output) == (1, True)
