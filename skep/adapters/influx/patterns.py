"""Names as a pattern between slashes, in which nothing that a user wrote is anything but text.

Patterns are RE2's (1.x, 2.x) and those of Rust's regex crate (3 Core), which agree on all that is used here.
"""

import re
from collections.abc import Collection

__all__ = ["pattern_of"]


def pattern_of(names: Collection[str]) -> str:
    """Alternatives that match exactly ``names``, for use between slashes.

    Whatever is not a letter, a digit, an underscore or a hyphen is written as its code point, so that neither the
    pattern nor the literal around it can be left. Names that no stored text can equal are left out.
    """
    return "|".join(
        _NOT_PLAIN.sub(lambda match: f"\\x{{{ord(match[0]):x}}}", name) for name in names if not _SURROGATE.search(name)
    )


_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_-]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
