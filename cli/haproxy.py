"""``skep haproxy``: a configuration of HAProxy for the services of a Swarm."""

from typing import Any

import click
import msgspec

from cli.endings import Failed
from cli.notation import json_option
from cli.screen import show_json
from skep.config.routes import read_routes
from skep.report.haproxy_config import haproxy_config

__all__ = ["haproxy"]

_EXAMPLES = """\
\b
Example, on a manager:
  docker service inspect $(docker service ls -q) | skep haproxy > stacks/haproxy/haproxy.cfg
"""


@click.command(epilog=_EXAMPLES)
@click.argument("services", type=click.File("rb"), default="-")
@json_option
def haproxy(services: Any, *, as_json: bool) -> None:  # noqa: ANN401 - an open file of click's
    """Write a configuration of HAProxy for SERVICES.

    They are what `docker service inspect` prints, in a file or on standard input. Services say what they want by the
    labels of docker-flow-proxy: com.df.notify=true, com.df.port, and com.df.servicePath or com.df.serviceDomain.
    """
    try:
        inspected = msgspec.json.decode(services.read(), type=list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise Failed(f"This is not what `docker service inspect` prints: {error}.") from error
    routes, problems = read_routes(inspected)
    for problem in problems:
        click.echo(problem.sentence, err=True)
    if problems:
        raise Failed("Nothing was written, because a service with wrong labels would be cut off.")
    if as_json:
        show_json({"routes": routes, "configuration": haproxy_config(routes)})
    else:
        click.echo(haproxy_config(routes), nl=False)
