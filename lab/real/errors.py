"""What the lab says when it cannot do what was asked."""

from __future__ import annotations


class LabUnavailable(Exception):
    """The lab cannot be built or used here; its text is one sentence for the person who asked."""
