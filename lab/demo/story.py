"""The sequence of the demo: raise everything, let the load come and go, watch, sum up, clean up."""

import os
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.demo.afterwards import how_to_use
from lab.demo.moment import Moment
from lab.demo.options import DemoOptions
from lab.demo.screen import Stage
from lab.demo.script import Fleet, Script
from lab.demo.stack import SkepProcesses
from lab.demo.summary import Outcome, course, headline, newcomers, report, sum_up
from lab.demo.view import View
from lab.demo.watcher import Watcher
from lab.demo.witness import Witness
from lab.emulator.clients import EmulatedClients
from lab.emulator.practice import EmulatedLab
from lab.emulator.stores import REAL_STORES, Stores
from lab.load import Load
from lab.load import Summary as LoadSummary
from lab.real import Lab, LabUnavailable, WebService
from skep.report import load_chart

__all__ = ["play"]

_CHART = Path(__file__).parents[2] / "build/demo/load-and-replicas.png"
_CALM = timedelta(seconds=5)
# Cheap enough that two replicas bear the surge for the seconds until there are more, far above their target.
_COST = timedelta(milliseconds=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What has been raised."""

    lab: Lab | EmulatedLab
    skep: SkepProcesses
    service: str
    proxy_url: str


def play(options: DemoOptions, script: Script, view: View) -> Outcome:
    """Play the whole demo and return what it has shown.

    Everything is cleaned up at the end, whatever happens, unless the options say to keep it and the end was reached.

    Raises:
        LabUnavailable: when something does not start or cannot be cleaned up.
    """
    lab = EmulatedLab(options.lab, nodes=options.size) if options.emulated else Lab(options.lab, nodes=options.size)
    with ExitStack() as at_the_end:
        at_the_end.callback(_clean_up, lab, view)
        scene = _raise_everything(lab, options, script, view)
        moments, load = _follow(scene, options, script, view)
        outcome = sum_up(moments, script=script, load=load, is_emulated=options.emulated, stores=_stores(lab))
        _report(outcome, moments, script, view)
        if options.keep:
            at_the_end.pop_all()
            view.tell(how_to_use(lab.status(), scene.skep.flower, scene.service))
    return outcome


def _stores(lab: Lab | EmulatedLab) -> Stores:
    return lab.stores if isinstance(lab, EmulatedLab) else REAL_STORES


def _clean_up(lab: Lab | EmulatedLab, view: View) -> None:
    # Whoever has pressed Ctrl-C once may press it again; half a clean-up helps nobody.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with view.doing("Clean-up"):
        lab.down()


def _raise_everything(lab: Lab | EmulatedLab, options: DemoOptions, script: Script, view: View) -> _Scene:
    lab.down()
    engines = "emulated nodes" if options.emulated else "real Docker engines"
    with view.doing(f"A Swarm of {options.size} {engines}, Redis, a store of metrics and a collector"):
        lab.up()
    if isinstance(lab, EmulatedLab):
        view.tell(lab.stores.sentence)
    skep = SkepProcesses(lab, variables=_pools(lab, script))
    # They take their time to start: the service and the proxy are deployed meanwhile.
    skep.start()
    with view.doing(f"The service demo_web, {script.min_replicas} replicas"):
        service = lab.deploy_web(script.labels, service=_web(lab, script))
    proxy_url = ""
    if isinstance(lab, Lab):
        with view.doing("HAProxy in front of it"):
            proxy_url = lab.deploy_proxy(service)
    with view.doing("skep: observer, actor, beat and Flower"):
        skep.wait_ready()
    view.tell()
    view.tell(_labels_text(script))
    if script.fleet is not None:
        view.tell(_pools_text(lab, script.fleet))
    view.tell("Flower shows every action of skep, at")
    view.tell(f"    {skep.flower}", style="bold")
    view.tell()
    return _Scene(lab=lab, skep=skep, service=service, proxy_url=proxy_url)


def _pools(lab: Lab | EmulatedLab, script: Script) -> dict[str, str]:
    """The variable that tells skep of the pool, once its file is written."""
    if script.fleet is None:
        return {}
    file = lab.folder / "policy.yml"
    file.write_text(script.fleet.policy(lab.name))
    return {"SKEP_POLICY_FILE": str(file), "SKEP_RECONCILE_INTERVAL": "3s"}


def _web(lab: Lab | EmulatedLab, script: Script) -> WebService:
    service = WebService(replicas=script.min_replicas, cost=_COST)
    if script.fleet is None:
        return service
    with lab.client() as manager:
        cores = int(manager.info()["NCPU"])
    # Set aside, not used: a node of a lab has all the processors of the machine, by its own word.
    return replace(service, cpu_reservation_cores=cores * script.fleet.reservation_ratio)


def _pools_text(lab: Lab | EmulatedLab, fleet: Fleet) -> str:
    indented = "".join(f"    {line}\n" for line in fleet.policy(lab.name).splitlines())
    fits = f"{fleet.replicas_per_node} replicas of it fit on a node"
    return f"The policy file, by which skep knows where more nodes come from ({fits}):\n\n{indented}"


def _labels_text(script: Script) -> str:
    lines = (f'    {name}: "{value}"\n' for name, value in script.labels.items())
    return "The labels of demo_web, by which skep knows what is wanted:\n\n" + "".join(lines)


def _follow(scene: _Scene, options: DemoOptions, script: Script, view: View) -> tuple[Sequence[Moment], LoadSummary]:
    """Let the load come and go; everything that was seen, and what became of the requests."""
    stage = Stage(
        script=script,
        nodes=options.size,
        flower=f"Flower {scene.skep.flower}",
        is_emulated=options.emulated,
        stores=_stores(scene.lab),
    )
    moments: list[Moment] = []
    with (
        scene.lab.client() as client,
        Witness(scene.skep.settings, service=scene.service, since=datetime.now(UTC)) as witness,
        view.following(stage) as show,
        _clients(scene, script) as load,
    ):
        watcher = Watcher(client, scene.service, load=load, script=script, witness=witness)
        for moment in watcher.moments():
            moments.append(moment)
            show(moments)
            if _is_small_again(moments, script):
                break
        if not moments:
            raise LabUnavailable("The Swarm did not answer for as long as the demo lasted, so nothing could be seen.")
        return moments, load.stop()


def _clients(scene: _Scene, script: Script) -> Load | EmulatedClients:
    profile = [act.load for act in script.acts]
    if isinstance(scene.lab, EmulatedLab):
        return scene.lab.clients(scene.service, profile)
    return Load(scene.proxy_url, profile)


def _is_small_again(moments: Sequence[Moment], script: Script) -> bool:
    """Whether the service has been small for a while in the last act."""
    now = moments[-1]
    lately = [moment for moment in moments if now.elapsed - moment.elapsed <= _CALM]
    is_alone = newcomers(moments).isdisjoint(node.hostname for node in now.nodes)
    return script.is_last(lately[0].act) and is_alone and all(_is_small(moment, script) for moment in lately)


def _is_small(moment: Moment, script: Script) -> bool:
    return moment.replicas.goal == moment.replicas.running == script.min_replicas


def _report(outcome: Outcome, moments: Sequence[Moment], script: Script, view: View) -> None:
    view.tell()
    view.tell(report(outcome, script))
    try:
        _draw(outcome, moments, script)
    except ModuleNotFoundError as error:
        view.tell(f"There is no chart, because {error.name} is not installed; `make install` brings it.")
    else:
        view.tell(f"The chart: {os.path.relpath(_CHART)}")
    view.tell()


def _draw(outcome: Outcome, moments: Sequence[Moment], script: Script) -> None:
    chart = load_chart.draw(
        course(moments, script=script, actions=outcome.actions),
        title="skep: replicas follow the load",
        subtitle=headline(outcome, script),
    )
    _CHART.parent.mkdir(parents=True, exist_ok=True)
    _CHART.write_bytes(chart)
