"""Pools of nodes in the policy file, to what an operator wants of them."""

from datetime import timedelta
from pathlib import Path

import pytest

from skep.config.pool_keys import POOL_KEYS, PROVIDERS, every_key
from skep.core.bounds import Bounds
from skep.core.pools import Budget, Headroom, HealPolicy, PoolPolicy, RemovalCause, UseLimits
from skep.core.schedule import WeeklyWindow
from tests.config.policies import file_of, sentences_of

MINUTE = timedelta(minutes=1)


def pool_of(keys: str) -> PoolPolicy:
    """The pool ``workers`` of at most 10 nodes, with more keys."""
    file = file_of(f"pools: {{workers: {{max: 10, provider: standby, {keys}}}}}")
    assert file.problems == ()
    (pool,) = file.pools
    return pool


def test_what_is_not_said_has_the_defaults_of_others() -> None:
    assert pool_of("") == PoolPolicy(
        name="workers",
        bounds=Bounds(min_replicas=0, max_replicas=10),
        provider="standby",
        options={},
        headroom=Headroom(nodes=0, cpu_ratio=0.0, memory_ratio=0.0),
        scale_up=UseLimits(cpu_ratio=0.8, memory_ratio=0.8, after=3 * MINUTE),
        scale_down=UseLimits(cpu_ratio=0.5, memory_ratio=0.5, after=10 * MINUTE),
        delay_after_up=10 * MINUTE,
        delay_after_failure=3 * MINUTE,
        budgets=(Budget(ratio=0.1),),
        heal=HealPolicy(grace=20 * MINUTE, may_delete_unreachable=False),
        join_timeout=15 * MINUTE,
        retry_after=5 * MINUTE,
        drain_deadline=15 * MINUTE,
        node_labels=(),
    )


def test_everything_that_is_said_is_in_the_pool() -> None:
    (pool,) = file_of("""
    pools:
      big.ones:
        min: 2
        max: 8
        provider: hcloud
        hcloud: {type: cx32, networks: [a, b], labels: {env: live}}
        headroom: {nodes: 1, cpu: 10%, memory: 20%}
        scale-up: {cpu: 70%, memory: off, after: 1m}
        scale-down: {memory: 30%, delay-after-up: 5m, delay-after-failure: 1m}
        budgets: [{nodes: 2}, {nodes: 0%, in: Mon 08:00-18:00 UTC}]
        heal: {grace: 5m, delete-unreachable: true}
        join: {timeout: 4m, retry-after: 1m}
        drain: {deadline: 1h}
        labels: {tier: web}
    """).pools
    assert (pool.name, pool.bounds) == ("big.ones", Bounds(min_replicas=2, max_replicas=8))
    assert (pool.provider, pool.options) == (
        "hcloud",
        {"type": "cx32", "networks": ("a", "b"), "labels": {"env": "live"}},
    )
    assert pool.headroom == Headroom(nodes=1, cpu_ratio=0.1, memory_ratio=0.2)
    assert pool.scale_up == UseLimits(cpu_ratio=0.7, memory_ratio=None, after=MINUTE)
    assert pool.scale_down == UseLimits(cpu_ratio=0.5, memory_ratio=0.3, after=10 * MINUTE)
    assert (pool.delay_after_up, pool.delay_after_failure) == (5 * MINUTE, MINUTE)
    assert pool.heal == HealPolicy(grace=5 * MINUTE, may_delete_unreachable=True)
    assert (pool.join_timeout, pool.retry_after, pool.drain_deadline) == (4 * MINUTE, MINUTE, 60 * MINUTE)
    assert pool.node_labels == (("tier", "web"),)
    always, on_mondays = pool.budgets
    assert always == Budget(nodes=2)
    assert (on_mondays.ratio, on_mondays.schedule and on_mondays.schedule.window) == (
        0.0,
        WeeklyWindow(days=(0,), start=timedelta(hours=8), end=timedelta(hours=18)),
    )


def test_growing_by_use_shrinking_and_healing_may_be_off() -> None:
    pool = pool_of("scale-up: off, scale-down: off, heal: off")
    assert (pool.scale_up, pool.scale_down, pool.heal) == (None, None, None)


def test_one_budget_need_not_be_a_list() -> None:
    assert pool_of("budgets: {nodes: 1}").budgets == (Budget(nodes=1),)


def test_a_budget_may_count_for_some_nodes_only() -> None:
    budgets = pool_of("budgets: [{nodes: 1, for: empty}, {nodes: 0, for: underused}]").budgets
    assert budgets == (Budget(nodes=1, cause=RemovalCause.EMPTY), Budget(nodes=0, cause=RemovalCause.UNDERUSED))


@pytest.mark.parametrize(
    "key", [pytest.param(key, id=key.name) for key in every_key(POOL_KEYS) if key.default is not None]
)
def test_the_default_is_what_holds_without_the_key(key: object) -> None:
    """To say it changes nothing."""
    name, default = getattr(key, "name", ""), getattr(key, "default", "")
    first, dot, second = name.partition(".")
    assert pool_of(f"{first}: {{{second}: {default}}}" if dot else f"{first}: {default}") == pool_of("")


@pytest.mark.parametrize(
    ("keys", "because"),
    [
        pytest.param("provider: lab", "workers.max is missing, expected a whole number", id="no maximum"),
        pytest.param("max: 3", "workers.provider is missing, expected standby, command", id="no provider"),
        pytest.param("max: 3, provider: hclod", "perhaps hcloud", id="a misspelt provider"),
        pytest.param("max: 3, provider: lab, aws: {group: x}", "settings of the provider", id="those of another"),
        pytest.param("max: 3, provider: lab, min: 4", "no less than min, which is 4", id="crossed bounds"),
        pytest.param("max: 1001, provider: lab", "from 1 to 1000", id="more nodes than a Swarm has"),
        pytest.param("max: 3, provider: lab, headroom: {cpu: 120%}", "from 0% to 100%", id="more room than there is"),
        pytest.param("max: 3, provider: lab, scale-down: {after: 15}", "a duration with its unit", id="no unit"),
        pytest.param("max: 3, provider: lab, scale-down: {cpus: 1%}", "perhaps cpu", id="a misspelt key below"),
        pytest.param("max: 3, provider: lab, scale-up: on", "a mapping", id="what only can be off"),
        pytest.param("max: 3, provider: lab, budgets: [{in: 08:00-18:00 UTC}]", "nodes is missing", id="of how many?"),
        pytest.param("max: 3, provider: lab, budgets: {nodes: few}", "or a percentage up to 100%", id="a few nodes"),
        pytest.param(
            "max: 3, provider: lab, budgets: {nodes: 1, in: 08:00-18:00}", "a time zone", id="hours of which zone?"
        ),
        pytest.param(
            "max: 3, provider: lab, budgets: {nodes: 1, in: 08:00-18:00 UTC max=3}",
            "without min= and max=",
            id="hours with bounds",
        ),
        pytest.param("max: 3, provider: lab, labels: {skep.pool: a}", "does not begin with skep.", id="skep's label"),
        pytest.param("max: 3, provider: lab, labels: {tier: [a]}", "a text", id="a list for a label"),
        pytest.param("max: 3, provider: lab, lab: {size: {of: [[a]]}}", "a text", id="a list in a list"),
        pytest.param("max: 3, provider: lab, lab: &a {b: *a}", "at most 3 levels", id="settings in themselves"),
        pytest.param("max: 3, provider: lab, heel: {}", "perhaps heal", id="a misspelt key"),
        pytest.param("max: {of: 3}, provider: lab", "a text", id="a mapping for a number"),
    ],
)
def test_a_wrong_pool_is_told_and_is_none(keys: str, because: str) -> None:
    text = f"pools: {{workers: {{{keys}}}, good: {{max: 1, provider: lab}}}}"
    assert any(because in sentence for sentence in sentences_of(text))
    assert [pool.name for pool in file_of(text).pools] == ["good"]


def test_a_pool_needs_a_name_that_a_label_can_have() -> None:
    assert "a pool's name" in sentences_of("pools: {'a b': {max: 1, provider: lab}}")[0]


def test_all_that_is_wrong_with_all_pools_is_told_at_once() -> None:
    text = "pools: {a: {max: 0, provider: x}, b: {max: 1, provider: lab, min: 2, budget: 1}}"
    assert len(sentences_of(text)) == 4


def test_no_provider_is_called_like_a_key() -> None:
    assert set(PROVIDERS).isdisjoint(key.key for key in POOL_KEYS)


def test_the_pool_in_the_documentation_is_right_and_spells_out_what_holds_anyway() -> None:
    written = Path(__file__).parents[2].joinpath("docs", "pools.md").read_text()
    example = written.partition("```yaml\n")[2].partition("```")[0].replace(", …", "")
    file = file_of(example)
    assert file.problems == ()
    (pool,) = file.pools
    silent = PoolPolicy(name=pool.name, bounds=pool.bounds, provider=pool.provider)
    assert (pool.scale_up, pool.scale_down, pool.heal) == (silent.scale_up, silent.scale_down, silent.heal)
    assert (pool.join_timeout, pool.retry_after) == (silent.join_timeout, silent.retry_after)
    assert pool.drain_deadline == silent.drain_deadline
    assert (pool.delay_after_up, pool.delay_after_failure) == (silent.delay_after_up, silent.delay_after_failure)
