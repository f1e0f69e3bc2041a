"""`python -m lab.deployed`, which is what `make lab-deploy` runs.

From nothing: builds skep's image from the Dockerfile, raises a Swarm of three managers and two workers, deploys
the three stacks, plays a surge on them with a rollout of skep in its midst, kills the leading manager,
and takes it all down.

Exit status: 0 when nothing was lost, 1 when something was or it could not be played, 130 when it was interrupted. The
last line of standard output is the outcome as JSON.
"""

import signal
import sys
from datetime import timedelta

from rich.console import Console

from lab.demo.view import View
from lab.deployed.image import built
from lab.deployed.site import Site
from lab.deployed.story import Outcome, play
from lab.real import Lab, LabUnavailable, machine
from lab.renderings import FOLDER, render
from skep.core.metrics.backends import Proxy

_LAB = "deployed"
_INTERRUPTED = 130


def main() -> int:
    """Play it; returns the exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    view = View(Console(highlight=False))
    lab = Lab(_LAB, nodes=5, managers=3)
    try:
        outcome = _outcome(lab, view)
    except LabUnavailable as error:
        view.tell(str(error))
        return 1
    except KeyboardInterrupt:
        view.tell("Interrupted; nothing is left behind.")
        return _INTERRUPTED
    finally:
        lab.down()
    for sentence in (*outcome.lost, *(f"{count} requests: {kind}" for kind, count in outcome.failures)):
        view.tell(sentence)
    view.tell(outcome.json_line())
    return 1 if outcome.lost else 0


def _outcome(lab: Lab, view: View) -> Outcome:
    with view.doing("What this machine must offer"):
        machine.require()
        lab.down()
    with view.doing("skep's image, from the Dockerfile"):
        image = built()
    site = Site(lab=lab, built=image)
    with view.doing("Three managers, two workers, three stacks"):
        site.raise_it()
    outcome = play(site, view.doing)
    with view.doing(f"The board of what happened, drawn into {FOLDER}"), site.influx() as client:
        render(client, FOLDER, proxy=Proxy.HAPROXY, span=timedelta(minutes=10))
    return outcome


if __name__ == "__main__":
    sys.exit(main())
