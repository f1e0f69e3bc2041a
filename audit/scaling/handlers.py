"""The pages as Flower serves them: behind its login, in its layout, with an entry in its navigation."""

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tornado.template
import tornado.web
from flower import urls
from flower.views import BaseHandler

from audit.scaling.html import Html
from audit.scaling.pages import HistoryFilter, history_page, nodes_page, overview_page, service_page
from audit.scaling.reading import NODES_AT_ONCE, PAGE_SIZE, Reader
from skep.wiring import settings, world

__all__ = ["install"]

_TEMPLATES = Path(__file__).parents[1] / "templates"
_LONGEST_HOURS = 24 * 366
_ENTRY = """<li class="nav-item"><a class="nav-link{% if active_tab == 'scaling' %} active{% end %}"
  href="{{ reverse_url('scaling') }}" {% if active_tab == 'scaling' %}aria-current="page"{% end %}>Scaling</a></li>"""

T = TypeVar("T")


class _Loader(tornado.template.Loader):
    """Flower's templates with an entry for these pages in the navigation, and their own."""

    def _create_template(self, name: str) -> tornado.template.Template:
        own = _TEMPLATES / name
        path = own if own.is_file() else Path(self.root) / name
        text = path.read_text(encoding="utf-8")
        if name == "navbar.html":
            text = text.replace("</ul>", f"{_ENTRY}</ul>", 1)
        return tornado.template.Template(text, name=name, loader=self)


class _Page(BaseHandler):  # type: ignore[misc]  # Flower has no types
    """What all pages share."""

    @property
    def base(self) -> str:
        """The prefix under which Flower is served."""
        prefix = (self.application.options.url_prefix or "").strip("/")
        return f"/{prefix}" if prefix else ""

    @property
    def reader(self) -> Reader:
        """Reads with the clients of this process."""
        return Reader(world(), self.capp, interval=settings().interval)

    def typed(self, name: str) -> str:
        """What was typed into a field; escaped where it is shown, and not before."""
        return str(self.get_argument(name, "", escape=False) or "")

    def number(self, name: str, default: int, most: int = 1_000_000) -> int:
        """A positive number from the address; the default where it is none."""
        given = self.typed(name)
        return min(max(int(given), 1), most) if given.isdecimal() and len(given) < len(str(most)) + 1 else default

    @property
    def wanted(self) -> HistoryFilter:
        """The filter of the history."""
        return HistoryFilter(**{name: self.typed(name) for name in HistoryFilter.__slots__})

    async def aside(self, read: Callable[[], T]) -> T:
        """Read without holding up the other pages."""
        return await self.application.io_loop.run_in_executor(None, read)  # type: ignore[no-any-return]

    def show(self, title: str, body: Html) -> None:
        """The page inside Flower's layout."""
        self.set_header("Cache-Control", "no-store")
        self.render("scaling.html", title=title, body=body)


class _Overview(_Page):
    @tornado.web.authenticated
    async def get(self) -> None:
        page, search, reader = self.number("page", 1), self.typed("search"), self.reader
        seen = await self.aside(lambda: reader.overview(search=search, page=page))
        body = overview_page(
            seen.standings,
            total=seen.total,
            page=page,
            page_size=PAGE_SIZE,
            search=search,
            notes=seen.notes,
            now=reader.now(),
            base=self.base,
        )
        self.show("Services", body)


class _Service(_Page):
    @tornado.web.authenticated
    async def get(self, name: str) -> None:
        span, reader = timedelta(hours=self.number("hours", 24, _LONGEST_HOURS)), self.reader
        told = await self.aside(lambda: reader.service(name, span=span))
        body = service_page(
            name,
            standing=told.standing,
            entries=told.entries,
            span=span,
            explanation=told.explanation,
            notes=told.notes,
            now=reader.now(),
            base=self.base,
        )
        self.show(name, body)


class _Nodes(_Page):
    @tornado.web.authenticated
    async def get(self) -> None:
        page, reader = self.number("page", 1), self.reader
        seen = await self.aside(lambda: reader.nodes(page=page))
        body = nodes_page(
            seen.nodes,
            report=seen.report,
            lying=seen.map,
            page=page,
            page_size=NODES_AT_ONCE,
            notes=seen.notes,
            now=reader.now(),
            base=self.base,
        )
        self.show("Nodes", body)


class _History(_Page):
    @tornado.web.authenticated
    async def get(self) -> None:
        page, wanted, reader = self.number("page", 1, 200), self.wanted, self.reader
        told = await self.aside(lambda: reader.history(wanted, page=page))
        body = history_page(
            told.entries,
            wanted=wanted,
            page=page,
            has_more=told.has_more,
            notes=told.notes,
            now=reader.now(),
            base=self.base,
        )
        self.show("History", body)


class _HistoryFile(_Page):
    def initialize(self, kind: str) -> None:
        """Keep the form that is wanted: ``csv`` or ``json``."""
        self._kind = kind

    @tornado.web.authenticated
    async def get(self) -> None:
        page, wanted, reader = self.number("page", 1, 200), self.wanted, self.reader
        told = await self.aside(lambda: reader.history(wanted, page=page))
        if self._kind == "json":
            self.set_header("Content-Type", "application/json")
            self.finish(msgspec.json.encode({"entries": told.entries, "notes": told.notes}))
            return
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="history.csv"')
        lines = StringIO()
        writer = csv.writer(lines)
        writer.writerow(["at", "outcome", "service", "actor", "before", "after", "sentence", "task"])
        for entry in told.entries:
            cells = (entry.service_name, entry.actor, entry.sentence, entry.task_id or "")
            service, actor, sentence, task = map(_cell, cells)
            counts = entry.replicas_before, entry.replicas_after
            writer.writerow([entry.at.isoformat(), str(entry.kind), service, actor, *counts, sentence, task])
        self.finish(lines.getvalue())


def _cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def install() -> None:
    """Give Flower the pages; before its application is made, and once."""
    pages: list[Any] = [
        tornado.web.url(r"/scaling", _Overview, name="scaling"),
        tornado.web.url(r"/scaling/service/(.+)", _Service),
        tornado.web.url(r"/scaling/nodes", _Nodes),
        tornado.web.url(r"/scaling/history", _History),
        *(tornado.web.url(f"/scaling/history/{kind}", _HistoryFile, {"kind": kind}) for kind in ("csv", "json")),
    ]
    if any(getattr(handler, "name", None) == "scaling" for handler in urls.handlers):
        return
    # The last one catches whatever no other did.
    urls.handlers[-1:-1] = pages
    urls.settings["template_loader"] = _Loader(urls.settings["template_path"])
