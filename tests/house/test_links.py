"""Every link from one document to another leads somewhere, also within it."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files

DOCUMENTS = [path for path in files() if path.suffix == ".md"]
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<file>[\w./-]*)(?:#(?P<place>[\w-]+))?\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_NO_SLUG = re.compile(r"[^\w\- ]")


def slugs(text: str) -> set[str]:
    """The places that headings make, by the rule of the forges: small letters, hyphens for blanks, no punctuation."""
    return {_NO_SLUG.sub("", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


def dead_links(document: Path) -> list[str]:
    """The links of one document that lead nowhere."""
    text = (ROOT / document).read_text(encoding="utf-8")
    dead: list[str] = []
    for link in _LINK.finditer(_CODE.sub("", text)):
        target = (ROOT / document).parent / link["file"] if link["file"] else ROOT / document
        place = link["place"]
        if not target.exists() or (place and place not in slugs(target.read_text(encoding="utf-8"))):
            dead.append(link[0])
    return dead


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_somewhere(document: Path) -> None:
    assert dead_links(document) == []


def test_places_are_named_as_forges_name_them() -> None:
    assert slugs("# What skep says\n## Alerts of Kapacitor, and `stacks/x`\n") == {
        "what-skep-says",
        "alerts-of-kapacitor-and-stacksx",
    }
