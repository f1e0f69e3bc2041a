"""``skep nodes``: how nodes stand."""

import click

from cli.desk import Desk, pass_desk
from cli.notation import json_option
from cli.screen import screen, show, show_json
from skep.report.node_table import node_table
from skep.report.pool_tuning import pool_tunings_text

__all__ = ["nodes"]

_EXAMPLES = """\
\b
Examples:
  skep nodes
  skep nodes --json
"""


@click.command(epilog=_EXAMPLES)
@json_option
@pass_desk
def nodes(desk: Desk, *, as_json: bool) -> None:
    """Show how nodes stand.

    TASKS is how many swarm tasks a node is meant to run, and RESERVED what those have set aside of what the node has.
    USED is what was measured on the node when nodes were last evaluated, as a share of what it has: unknown where
    nothing was measured, or no pools are configured. Below a node stands what is being done to it, for how long, by
    whom, and what that waits for; and at the end, what the rules of pools that tune themselves expect.
    """
    found, pools = desk.questions.nodes(), desk.questions.pools()
    if as_json:
        show_json({"nodes": found, "pools": pools})
        return
    console = screen()
    show(console, node_table(found, now=desk.now(), width=console.width))
    tuned = pool_tunings_text(pools, width=console.width)
    if tuned:
        show(console, f"\n{tuned}")
