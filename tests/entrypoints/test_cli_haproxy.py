"""`skep haproxy`: from what Docker prints to a configuration, or to what is wrong."""

import json

from click.testing import CliRunner, Result

from cli.main import skep
from skep.config.routes import Route
from skep.report.haproxy_config import haproxy_config

GOOD = {"com.df.notify": "true", "com.df.port": "8080", "com.df.servicePath": "/demo"}


def run(*labels: dict[str, str]) -> Result:
    services = [{"ID": str(n), "Spec": {"Name": f"web{n}", "Labels": each}} for n, each in enumerate(labels)]
    return CliRunner().invoke(skep, ["haproxy"], input=json.dumps(services))


def test_services_on_standard_input_become_a_configuration_on_standard_output() -> None:
    done = run(GOOD, {})
    assert done.exit_code == 0
    assert done.stdout == haproxy_config([Route(service="web0", port=8080, paths=("/demo",))])


def test_wrong_labels_are_told_and_nothing_is_written() -> None:
    done = run(GOOD, {**GOOD, "com.df.port": "http"})
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "web1: com.df.port" in done.stderr
    assert "Nothing was written" in done.stderr


def test_what_docker_did_not_print_is_told() -> None:
    done = CliRunner().invoke(skep, ["haproxy"], input="{}")
    assert done.exit_code == 1
    assert "This is not what `docker service inspect` prints" in done.output
