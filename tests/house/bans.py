"""What no file may call, found by walking its syntax tree.

Ruff's banned-api says the same in the editor, but it can only be switched off for a whole folder: the lab and the
tests may ask for the time and still must not mock. What a name stands for is resolved through the file's own imports,
so that `from datetime import datetime as dt; dt.now()` is seen.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CLOCK = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "time.time",
        "time.time_ns",
    }
)
THE_CLOCK = Path("skep/adapters/clock.py")
ROOMS_WITH_A_CLOCK = frozenset({"lab", "tests"})

MOCKS = ("mock", "unittest.mock")

# The high-level models fill defaults into the spec before they write it, and Swarm then replaces every task.
DOCKER_MODELS = ("docker.DockerClient", "docker.client", "docker.from_env", "docker.models")
DOCKER_WRITERS = frozenset({"force_update", "scale", "update_service"})

# Celery gives a task of one application to every other, also to those made later; made twice, it ends the second.
SHARED_TASK = "a task made in a function without shared=False"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """One banned name: the line it stands on, and what it stands for."""

    line: int
    name: str


def banned(source: str, path: Path) -> list[Ban]:
    """Everything in `source` that a file at `path` (relative to the root of the repository) may not use."""
    tree = ast.parse(source)
    aliases = _aliases(tree)
    found = [Ban(line=line, name=name) for line, name in _names(tree, aliases) if _is_banned(name, path)]
    if any(name.split(".")[0] == "docker" for name in aliases.values()):
        found += [Ban(line=line, name=f".{name}()") for line, name in _method_calls(tree) if name in DOCKER_WRITERS]
    found += [Ban(line=line, name=SHARED_TASK) for line in _shared_tasks(tree)]
    return sorted(found, key=lambda ban: (ban.line, ban.name))


def _is_banned(name: str, path: Path) -> bool:
    if name in CLOCK:
        return path != THE_CLOCK and path.parts[0] not in ROOMS_WITH_A_CLOCK
    return _is_in(name, MOCKS) or _is_in(name, DOCKER_MODELS)


def _is_in(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _aliases(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: {'dt': 'datetime.datetime'}."""
    return {local: full for _, local, full in _imports(tree)}


def _imports(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Line, local name and full name of each import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                full = alias.name if alias.asname else alias.name.split(".")[0]
                yield node.lineno, alias.asname or full, full
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, alias.asname or alias.name, f"{node.module}.{alias.name}"


def _names(tree: ast.Module, aliases: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Line and full name of all that is imported, and of all that is used by a dotted name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute):
            name = _dotted(node)
            root, _, rest = name.partition(".")
            if root in aliases:
                yield node.lineno, f"{aliases[root]}.{rest}"
    yield from ((line, full) for line, _, full in _imports(tree))


def _dotted(node: ast.expr) -> str:
    """`a.b.c` for an attribute of a plain name; an empty string for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _method_calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr


def _shared_tasks(tree: ast.Module) -> Iterator[int]:
    """Lines of the functions inside functions that are handed to Celery as tasks, and by it to every application."""
    for function in _functions(tree):
        for inner in _functions(*function.body):
            if any(_shares_a_task(decorator) for decorator in inner.decorator_list):
                yield inner.lineno


def _functions(*within: ast.AST) -> Iterator[ast.FunctionDef]:
    for node in within:
        yield from (found for found in ast.walk(node) if isinstance(found, ast.FunctionDef))


def _shares_a_task(decorator: ast.expr) -> bool:
    if isinstance(decorator, ast.Call):
        return _is_task(decorator.func) and "shared" not in {keyword.arg for keyword in decorator.keywords}
    return _is_task(decorator)


def _is_task(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) and decorator.attr == "task"
