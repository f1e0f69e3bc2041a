"""What an operator should know before a deploy, or about a Swarm that runs: findings, each with its place."""

from skep.config.lint.files import FileToLint, lint_files
from skep.config.lint.swarm import NO_VALUE_FOR, StoreTrouble, lint_swarm

__all__ = [
    "NO_VALUE_FOR",
    "FileToLint",
    "StoreTrouble",
    "lint_files",
    "lint_swarm",
]
