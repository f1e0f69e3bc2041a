"""``skep migrate``: a Compose file in, labels to paste out."""

import json
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from click.testing import CliRunner, Result

from cli.main import skep
from skep.config.compose import read_compose
from skep.config.labels import read_labels
from skep.core.policy import ServicePolicy

STACK = """\
x-limits: &limits {limits: {cpus: "1.0", memory: 512M}}
services:
  web:
    image: shop/web
    deploy:
      labels:
        swarm.autoscaler.enabled: "true"
        swarm.autoscaler.min: ${LEAST}
        swarm.autoscaler.max: 20
        swarm.autoscaler.metric: cpu
        swarm.autoscaler.target: 70
        swarm.autoscaler.rebalance: "true"
  api:
    image: shop/api
    deploy:
      resources: *limits
      labels:
        - autoscale.enable=true
        - autoscale.max=8
        - autoscale.pre_stop.cmd=/drain
  mails:
    image: shop/mails
    deploy: {labels: {orbiter: "false"}}
  nightly:
    image: shop/nightly
    deploy: {labels: {swarm.cronjob.enable: "true"}}
  database:
    image: shop/database
"""

AT_80_COLUMNS = """\
services:
  web:  # swarm-hpa
    deploy:
      labels:
        skep.enable: "true"
        skep.min: "2"
        skep.max: "20"
        skep.cpu: "0.7 cores"
        skep.tolerance: "10%"
        skep.scale-up: "window=0s rate=20/15s"
        skep.scale-down: "window=3m rate=20/15s"
        skep.cooldown: "up=3m down=3m"
        # swarm.autoscaler.target is 70 % of one core, whatever the limit;
        #   skep.cpu is 0.7 cores; a percentage would be of the limit
        # SCALE_UP_COOLDOWN, SCALE_DOWN_COOLDOWN are settings of its daemon;
        #   these are its defaults; skep's run for each direction, and shrinking
        #   waits as long after a growth
        # swarm.autoscaler.rebalance is for nodes and not for services with
        #   skep; see its rebalancing
  api:  # stefanod83
    deploy:
      labels:
        skep.enable: "true"
        skep.min: "1"
        skep.max: "8"
        skep.cpu: "80%"
        skep.memory: "80%"
        skep.tolerance: "up=0% down=75%"
        skep.scale-up: "window=0s rate=1/15s"
        skep.scale-down: "window=2m rate=1/15s"
        skep.cooldown: "up=2m down=2m"
        # autoscale.cpu.max grows above 80% and shrinks below 20%; skep.cpu is
        #   the upper one, and skep.tolerance reaches down to the lower one
        # autoscale.mem.max grows above 80% and shrinks below 20%; skep.memory
        #   is the upper one, and skep.tolerance reaches down to the lower one
        # autoscale.cooldown runs from the last change in either direction;
        #   skep's runs for each direction, and shrinking waits as long after a
        #   growth
        # autoscale.pre_stop.cmd prepares a container for its end, which skep
        #   does not; handle the stop signal in the container and set
        #   stop_grace_period
  mails:  # orbiter
    deploy:
      labels:
        skep.enable: "true"
        skep.scale-up: "window=0s rate=1/1s"
        skep.scale-down: "window=1s rate=1/1s"
        skep.cooldown: "up=1s down=1s"
        # orbiter is "false", and still switches the peer on, which looks only
        #   whether it is there; write skep.enable: "false" if it is meant
        # orbiter has no upper bound; write skep.max
        # orbiter is told by a call from outside when to take a step; write what
        #   to scale by, as skep.requests, or let the caller use skep's webhook
        # orbiter.cooldown runs from the last change of the service, a deploy as
        #   well; skep's run from the last change of the count in the same
        #   direction
        # PROBLEM mails: skep.max is missing, expected the most replicas it may
        #   have, for example 20
        # PROBLEM mails: skep.requests is missing, expected at least one of
        #   skep.requests, skep.inflight, skep.cpu, skep.memory, skep.queue,
        #   skep.metric.<name>.query, for example 50/s
  # nightly:  # swarm-cronjob
  # swarm.cronjob.enable starts a job at set times, and scales nothing; leave
  #   its labels as they are; skep does not touch a service without skep.enable
"""


def migrate(text: str | bytes, *arguments: str) -> Result:
    """Run the command on a file that comes through standard input, on a screen of 80 columns."""
    return CliRunner().invoke(
        skep, ["migrate", "-", *arguments], input=text, env={"COLUMNS": "80", "LEAST": "2", "NO_COLOR": "1"}
    )


def test_labels_to_paste_with_everything_else_in_comments_at_80_columns() -> None:
    result = migrate(STACK)
    assert result.stdout == AT_80_COLUMNS
    assert (result.exit_code, result.stderr) == (1, "")


def test_everything_carried_over_is_0() -> None:
    assert migrate(STACK, "--from", "swarm-hpa").exit_code == 0


def test_what_is_printed_is_yaml_that_skep_reads() -> None:
    (given,) = (service for service in read_compose(STACK, path="given").services if service.name == "api")
    (written,) = read_compose(migrate(STACK, "--from", "stefanod83").stdout, path="written").services
    policy = read_labels(replace(given, labels=written.labels).as_service())
    assert isinstance(policy, ServicePolicy)
    assert [metric.name for metric in policy.metrics] == ["cpu", "memory"]


def test_a_query_keeps_its_dollars_doubled() -> None:
    labels = {
        "swarm.autoscaler.enabled": "true",
        "swarm.autoscaler.min": "1",
        "swarm.autoscaler.max": "5",
        "swarm.autoscaler.metric": "depth",
        "swarm.autoscaler.target": "30",
        "swarm.autoscaler.query": 'sum(depth{service="$$SERVICE"})',
    }
    stack = yaml.safe_dump({"services": {"web": {"deploy": {"labels": labels}}}})
    assert r'skep.metric.depth.query: "sum(depth{service=\"$$service\"})"' in migrate(stack).stdout


def test_one_document_for_programs() -> None:
    result = migrate(STACK, "--json", "--from", "orbiter")
    document = json.loads(result.stdout)
    (service,) = document["services"]
    assert (document["file"], document["problems"]) == ("standard input", [])
    assert (service["service"], service["dialect"], service["labels"]["skep.enable"]) == ("mails", "orbiter", "true")
    assert (len(service["notes"]), len(service["problems"]), result.exit_code) == (4, 2, 1)


def test_a_file_without_labels_of_an_autoscaler_is_told_and_0() -> None:
    result = migrate("services: {web: {image: shop/web}}")
    assert (result.exit_code, result.stdout) == (
        0,
        "# standard input: no service has labels of an autoscaler that skep knows\n",
    )


def test_what_is_wrong_with_the_file_is_told_with_its_line_beside_the_labels() -> None:
    result = migrate(
        dedent("""\
        services:
          web:
            deploy: {replicas: many, labels: {swarm.cronjob.enable: "true"}}
        """)
    )
    assert result.exit_code == 1
    assert result.stderr.startswith('standard input:3: services.web.deploy.replicas is "many", expected a whole number')
    assert "# web:  # swarm-cronjob" in result.stdout


def test_a_file_that_is_no_text_ends_in_one_sentence() -> None:
    result = migrate(b"services: {web: \xff}")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: standard input is no text in UTF-8: byte 17 cannot be read.\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no file"),
        pytest.param(["no-such-file.yml"], id="a file that is not there"),
        pytest.param(["-", "--from", "kubernetes"], id="a dialect that does not exist"),
    ],
)
def test_what_is_typed_wrongly_is_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(skep, ["migrate", *arguments]).exit_code == 2


def test_a_file_is_named_as_it_was_typed_and_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "stack.yml"
    file.write_text("\ufeffservices: {web: 3}", encoding="utf-8")
    with chdir(tmp_path):
        result = CliRunner().invoke(skep, ["migrate", "stack.yml"])
    assert result.stderr == (
        'stack.yml:1: services.web is "3", expected a mapping, for example web: {image: shop/web}\n'
    )


def test_no_worker_and_no_broker_is_needed() -> None:
    result = CliRunner().invoke(skep, ["migrate", "-"], input="services: {}", env={"SKEP_BROKER_URL": ""})
    assert result.exit_code == 0
