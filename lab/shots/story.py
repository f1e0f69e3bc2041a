"""What happens in the lab while pictures are taken: nothing, a busy hour in a minute, and trouble."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lab.demo.script import Fleet
from lab.demo.stack import OBSERVER, SkepProcesses
from lab.demo.view import View
from lab.load import Load, Step
from lab.real import Lab, WebService, direct, influx_server, waiting
from lab.real.layout import Layout
from lab.shots.camera import PHONE, Camera, camera

__all__ = ["take_all"]

_NAME = "shots"
_CHECKOUT = Path(__file__).parents[2]
_PATIENCE = timedelta(minutes=2)
_CALL_TIMEOUT_S = 30
_BUSY_RPS = 22.0
_WIDTHS = (80, 160)
_LABELS = {
    "skep.enable": "true",
    "skep.min": "2",
    "skep.max": "8",
    "skep.requests": "5/s",
    "skep.cpu": "80%",
    "skep.window": "5s",
}
_PAGES = {
    "overview": "/scaling",
    "service": "/scaling/service/demo_web",
    "service-in-trouble": "/scaling/service/mail_web",
    "nodes": "/scaling/nodes",
    "history": "/scaling/history",
    "tasks": "/tasks",
}
_COMMANDS = {
    "status": ("status",),
    "nodes": ("nodes",),
    "explain": ("explain", "demo_web"),
    "explain-node": ("explain", "node", "node-2"),
    "top": ("top",),
    "tasks": ("tasks",),
    "doctor": ("doctor",),
    "history": ("history",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    lab: Lab
    skep: SkepProcesses
    camera: Camera

    def pages(self, when: str, *, is_dark: bool = False) -> None:
        """Each page as a desk sees it."""
        for name in _PAGES:
            self.camera.page(f"{name}-{when}-1366", self._url(name), is_dark=is_dark)

    def pages_on_a_phone(self, when: str) -> None:
        """Each page as a pocket sees it."""
        for name in _PAGES:
            self.camera.page(f"{name}-{when}-phone", self._url(name), screen=PHONE)

    def commands(self, when: str) -> None:
        """What each command prints."""
        for name, arguments in _COMMANDS.items():
            for columns in _WIDTHS:
                printed = self.skep_command(*arguments, columns=columns)
                self.camera.terminal(f"skep-{name}-{when}-{columns}", printed, columns=columns)

    def skep_command(self, *arguments: str, columns: int = 80) -> str:
        """Run skep as a person would, and give back what it told, whatever it came to."""
        environment = {**os.environ, **self.skep.environment, "COLUMNS": str(columns), "FORCE_COLOR": "1"}
        ran = subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=_CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE.total_seconds(),
            check=False,
        )
        return f"$ skep {' '.join(arguments)}\n{ran.stdout}"

    def overview(self) -> str:
        """The page of services as text."""
        flower = self.skep.flower
        with direct.session() as session:
            answer = session.get(f"{flower.url}/scaling", auth=(flower.user, flower.password), timeout=_CALL_TIMEOUT_S)
        return str(answer.text)

    def _url(self, name: str) -> str:
        flower = self.skep.flower
        return flower.url.replace("://", f"://{flower.user}:{flower.password}@") + _PAGES[name]


def take_all(folder: Path, view: View) -> None:
    """Raise a lab, take all pictures, and take it down whatever happens.

    Raises:
        LabUnavailable: when something does not start or cannot be cleaned up.
    """
    with _raised(folder, view) as scene:
        with view.doing("Pictures of the empty pages"):
            scene.pages("empty")
        with view.doing("Three services, one of them with a wrong label, and a surge on another"):
            url = _deploy(scene.lab)
        with Load(url, [Step(duration=timedelta(minutes=10), rate_rps=_BUSY_RPS)]):
            with view.doing("Until it has grown, and people have given orders"):
                _order(scene)
            with view.doing("Pictures of busy pages and of the terminal"):
                scene.pages("busy")
                scene.pages("busy-dark", is_dark=True)
                scene.pages_on_a_phone("busy")
                scene.commands("busy")
        with view.doing("Pictures without observer and InfluxDB"):
            scene.skep.kill(OBSERVER)
            scene.lab.end(influx_server.PROCESS)
            waiting.until(
                lambda: "latest evaluation was" in scene.overview(), patience=_PATIENCE, what="the page to notice"
            )
            scene.pages("error")
            scene.commands("error")


@contextmanager
def _raised(folder: Path, view: View) -> Iterator[_Scene]:
    lab = Lab(_NAME)
    lab.down()
    try:
        with view.doing("A Swarm of 3 real engines, skep on it, and a browser"):
            lab.up()
            file = Layout(lab.name).run / "policy.yml"
            file.write_text(Fleet().policy(lab.name))
            skep = SkepProcesses(lab, variables={"SKEP_POLICY_FILE": str(file), "SKEP_RECONCILE_INTERVAL": "3s"})
            skep.start()
            skep.wait_ready()
        with camera(folder) as chromium:
            yield _Scene(lab=lab, skep=skep, camera=chromium)
    finally:
        with view.doing("Clean-up"):
            lab.down()


def _deploy(lab: Lab) -> str:
    """A service under load, one that a person holds, and one whose labels are wrong; the address of the first."""
    small = WebService(replicas=2)
    web = lab.deploy_web(_LABELS)
    lab.deploy_web({**_LABELS, "skep.max": "6"}, stack="shop", service=small)
    lab.deploy_web({"skep.enable": "true", "skep.max": "many", "skep.cpu": "70%"}, stack="mail", service=small)
    return lab.deploy_proxy(web)


def _order(scene: _Scene) -> None:
    """Wait until the service has grown; meanwhile a person scales another, and one refuses to."""
    waiting.until(lambda: "→" in scene.skep_command("history", "demo_web"), patience=_PATIENCE, what="demo_web to grow")
    scene.skep_command("scale", "shop_web=4", "--reason", "the sale begins at six", "--as", "ada", "--wait")
    scene.skep_command("scale", "demo_web=50", "--reason", "just to be sure", "--as", "bob")
    waiting.until(lambda: "shop_web" in scene.skep_command("history", "shop_web"), patience=_PATIENCE, what="the order")
