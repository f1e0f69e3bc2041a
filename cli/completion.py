"""``skep completion``, and what is proposed behind Tab: names of services and nodes, asked of a worker."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

import click
from click.shell_completion import CompletionItem, get_completion_class

from cli.desk import Desk, Questions
from cli.endings import Failed
from cli.notation import json_option
from cli.screen import show_json

__all__ = ["completion", "proposed_nodes", "proposed_services", "proposed_targets"]

_SHELLS = ("bash", "fish", "zsh")
_VARIABLE = "_SKEP_COMPLETE"
#: Whoever pressed Tab waits for so long and no longer.
_PATIENCE = timedelta(seconds=1.5)

T = TypeVar("T")

_EXAMPLES = """\
\b
Examples:
  skep completion bash > /etc/bash_completion.d/skep
  skep completion zsh > ~/.zfunc/_skep        (fpath+=~/.zfunc before compinit)
  skep completion fish > ~/.config/fish/completions/skep.fish
"""


@click.command(epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(_SHELLS))
@json_option
@click.pass_context
def completion(context: click.Context, shell: str, *, as_json: bool) -> None:
    """Print the script that completes commands, options and names behind Tab.

    Names of services and nodes are asked of a worker, where one answers within a moment.
    """
    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover - the choice above leaves none
        raise Failed(f"There is no completion for {shell}.")
    root = context.find_root()
    script = kind(root.command, {}, root.info_name or "skep", _VARIABLE).source()
    if as_json:
        show_json({"shell": shell, "script": script})
    else:
        click.echo(script)


def proposed_services(context: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of services, in full and without their stack."""
    return _items(_service_names(_questions(context)), incomplete)


def proposed_targets(context: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of services with the equals sign that ``skep scale`` wants behind them."""
    if "=" in incomplete:
        return []
    return _items((f"{name}=" for name in _service_names(_questions(context))), incomplete)


def proposed_nodes(context: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Host names of nodes."""
    questions = _questions(context)
    return _items((node.hostname for node in _answered(questions.nodes)), incomplete)


def _service_names(questions: Questions) -> Iterable[str]:
    names = [service.name for service in _answered(questions.status)]
    short = [name.partition("_")[2] for name in names]
    return [*names, *(name for name in short if name and short.count(name) == 1)]


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _answered(question: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
    """An answer, or none: whoever presses Tab is not told of trouble."""
    try:
        return question()
    except Failed:
        return ()


def _questions(context: click.Context) -> Questions:
    desk = context.find_object(Desk)
    if desk is not None:
        return desk.questions
    from cli.questions import WorkerQuestions  # noqa: PLC0415 - nothing but a name waits for Celery

    return WorkerQuestions(patience=_PATIENCE)
