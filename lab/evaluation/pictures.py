"""The pictures of an evaluation: all policies in one, and each trace in one of its own."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from lab.evaluation.findings import Average
from lab.evaluation.runs import USUAL, Scope, course_of_file
from skep.core.foresight.comparison import compare
from skep.core.foresight.contenders import HPA, replay
from skep.report.simulation_chart import draw_simulation

__all__ = ["draw"]


def draw(
    paths: Sequence[Path], scope: Scope, means: Sequence[Average], *, folder: Path, processes: int
) -> Mapping[str, str]:
    """Draw them into a folder; title and file of each, relative to where the folder lies.

    None without matplotlib, which is an extra.
    """
    if find_spec("matplotlib") is None:
        return {}
    from lab.evaluation.figure import png  # noqa: PLC0415 - matplotlib is an extra

    folder.mkdir(parents=True, exist_ok=True)
    usual = [mean for mean in means if mean.condition == USUAL.name]
    (folder / "policies.png").write_bytes(png(usual))
    pictures = {"What is missing against what it costs": f"{folder.name}/policies.png"}
    with ProcessPoolExecutor(max_workers=processes) as pool:
        for name, picture in pool.map(partial(_of_trace, scope), paths):
            (folder / f"{name}.png").write_bytes(picture)
            pictures[f"{name}: load, capacity and replicas"] = f"{folder.name}/{name}.png"
    return pictures


def _of_trace(scope: Scope, path: Path) -> tuple[str, bytes]:
    course = course_of_file(path, USUAL, scope.history)
    ours = replay()
    return course.name, draw_simulation(compare(course, (ours, HPA)), (ours.name, HPA.name))
