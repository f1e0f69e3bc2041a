"""`python -m lab.demo`, which is what `make demo` runs.

Options are environment variables: `SHORT=1` for two minutes instead of five, `KEEP=1` to leave everything running,
`NODES=1` for a surge that does not fit, so that nodes come and go, `SIZE=5` for another number of nodes at first,
`LAB=name` to play beside another demo, `EMULATED=1` to play without engines, as it does by itself where none can run.

Exit status: 0 when the story happened, 1 when it did not or could not be played, 2 for a wrong option, 130 when it was
interrupted. The last line of standard output is the outcome as JSON, whenever there is one.
"""

import os
import signal
import sys
from dataclasses import replace

from rich.console import Console

from lab.demo.options import DemoOptionError, DemoOptions
from lab.demo.script import script_for
from lab.demo.story import play
from lab.demo.summary import json_line, shortfalls
from lab.demo.view import View
from lab.real import LabUnavailable, machine

_DONE, _FAILED, _USAGE, _INTERRUPTED = 0, 1, 2, 130
_ADVICE = (
    "The demo plays on real Docker engines: run it as root on Debian 12, for example in a virtual machine, or in a"
    " container that was started with --privileged."
)

_EMULATED = "So it is played on an emulated Swarm: Docker's API without containers."


def main() -> int:
    """Play the demo; returns the exit status."""
    view = View(Console(highlight=False))
    _let_signals_interrupt()
    try:
        options = _on_what_there_is(DemoOptions.from_environment(os.environ), view)
    except DemoOptionError as error:
        return _complain(str(error), _USAGE)
    except LabUnavailable as error:
        return _complain(f"{error}\n{_ADVICE}", _FAILED)
    except KeyboardInterrupt:
        return _complain("Interrupted.", _INTERRUPTED)
    return _play(options, view)


def _on_what_there_is(options: DemoOptions, view: View) -> DemoOptions:
    """As asked for; without engines where none can run.

    Raises:
        LabUnavailable: when engines cannot run, and what was asked for needs them.
    """
    if options.emulated and not _needs_engines(options):
        return options
    try:
        with view.doing("The Debian packages and kernel features that the demo needs"):
            machine.require()
    except LabUnavailable as unavailable:
        if _needs_engines(options):
            raise
        view.tell(f"{unavailable}\n{_EMULATED}\n")
        return replace(options, emulated=True)
    return replace(options, emulated=False)


def _needs_engines(options: DemoOptions) -> bool:
    """Machines that come and go, and a Swarm that outlives the demo, are there with engines alone."""
    return options.nodes or options.keep


def _play(options: DemoOptions, view: View) -> int:
    script = script_for(short=options.short, nodes=options.nodes)
    try:
        outcome = play(options, script, view)
    except LabUnavailable as error:
        return _complain(str(error), _FAILED)
    except KeyboardInterrupt:
        return _complain("Interrupted; nothing is left behind.", _INTERRUPTED)
    view.tell(json_line(outcome, script))
    return _FAILED if shortfalls(outcome, script) else _DONE


def _let_signals_interrupt() -> None:
    """Clean up after being told to end, too; but one who runs us with nohup does not want us to notice."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _complain(sentence: str, status: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
