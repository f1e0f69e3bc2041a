"""Takes pictures of pages and of what a command prints, as a person's screen would show them."""

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text
from selenium.webdriver import Chrome

from lab.shots.browser import browser

__all__ = ["DESKTOP", "PHONE", "Camera", "Screen", "camera"]

_TALLEST = 4_000
#: What a character takes of a line in the terminal's picture, and the edge around it.
_CHARACTER, _EDGE = 8.5, 40
_TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ background: #0c0c0c; color: #d9d9d9; margin: 16px; }}
pre {{ font: 14px/1.35 'DejaVu Sans Mono', monospace; margin: 0; width: calc(COLUMNSch + 2px); }}
pre {{ white-space: pre-wrap; line-break: anywhere; }}
</style><pre>{code}</pre>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """How large a screen is, in CSS pixels, and whether a thumb scrolls it."""

    width: int
    height: int
    is_phone: bool = False


DESKTOP = Screen(width=1366, height=768)
PHONE = Screen(width=390, height=844, is_phone=True)


class Camera:
    """Keeps each picture as a PNG in a folder."""

    def __init__(self, chromium: Chrome, folder: Path) -> None:
        self._chromium = chromium
        self._folder = folder

    def page(self, name: str, url: str, *, screen: Screen = DESKTOP, is_dark: bool = False) -> Path:
        """A page from its top to its foot."""
        self._see_as(screen, is_dark=is_dark)
        self._chromium.get(url)
        return self._keep(name, screen)

    def terminal(self, name: str, printed: str, *, columns: int) -> Path:
        """What a command printed, colours and all."""
        screen = Screen(width=round(columns * _CHARACTER) + _EDGE, height=120)
        self._see_as(screen, is_dark=True)
        page = self._folder / f"{name}.html"
        page.write_text(_as_html(printed, columns))
        self._chromium.get(page.absolute().as_uri())
        page.unlink()
        return self._keep(name, screen)

    def _see_as(self, screen: Screen, *, is_dark: bool) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        metrics = {"width": screen.width, "height": screen.height, "deviceScaleFactor": 1, "mobile": screen.is_phone}
        self._chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self._chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def _keep(self, name: str, screen: Screen) -> Path:
        size = self._chromium.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        height = min(max(size["height"], screen.height), _TALLEST)
        clip = {"x": 0, "y": 0, "width": screen.width, "height": height, "scale": 1}
        shot = self._chromium.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
        file = self._folder / f"{name}.png"
        file.write_bytes(base64.b64decode(shot["data"]))
        return file


@contextmanager
def camera(folder: Path) -> Iterator[Camera]:
    """A camera whose browser ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="skep-shots-") as profile, browser(Path(profile)) as chromium:
        yield Camera(chromium, folder)


def _as_html(printed: str, columns: int) -> str:
    console = Console(file=io.StringIO(), record=True, width=columns, force_terminal=True, color_system="truecolor")
    for line in printed.splitlines():
        console.print(Text.from_ansi(line), no_wrap=True, overflow="ignore", crop=False)
    return console.export_html(
        inline_styles=True, theme=SVG_EXPORT_THEME, code_format=_TERMINAL.replace("COLUMNS", str(columns))
    )
