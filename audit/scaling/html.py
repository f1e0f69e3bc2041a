"""HTML that cannot be broken by what it shows: all text is escaped on its way in."""

from html import escape

__all__ = ["Html", "Part", "joined", "link", "tag"]


class Html(str):
    """Text that is HTML already; only functions of this module make it."""

    __slots__ = ()


Part = Html | str | int


def tag(name: str, /, *parts: Part, **attributes: str) -> Html:
    """An element: ``tag("td", "a < b", class_="number")``.

    Args:
        name: of the element; written by us.
        parts: its content; whatever is not :class:`Html` is escaped.
        attributes: values are escaped; ``class_`` is ``class``, and other underscores are hyphens.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value, quote=True)}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{given}>{joined(*parts)}</{name}>")


def joined(*parts: Part) -> Html:
    """Parts one after the other, escaped where they are not HTML."""
    return Html("".join(part if isinstance(part, Html) else escape(str(part)) for part in parts))


def link(text: Part, address: str) -> Html:
    """A link within Flower; ``address`` is escaped for an attribute, its parts have been quoted before."""
    return tag("a", text, href=address)
