"""``skep lint``: what is wrong with Compose files and policy files, or with the Swarm that runs."""

import os
from collections.abc import Sequence

import click

from cli.compose_file import read_file
from cli.desk import Desk
from cli.endings import ExitCode
from cli.notation import json_option
from cli.screen import show_json
from skep.config.finding import Finding, Severity
from skep.config.lint import FileToLint, lint_files

__all__ = ["lint"]

_EXAMPLES = """\
\b
Examples:
  skep lint
  skep lint docker-compose.yml
  skep lint policy.yml shop.yml --stack shop --strict
"""


@click.command(epilog=_EXAMPLES)
@click.argument(
    "paths",
    nargs=-1,
    metavar="[FILE]...",
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
)
@click.option("--stack", metavar="NAME", help="The stack that the Compose files will be deployed as.")
@click.option("--strict", "is_strict", is_flag=True, help="Let warnings count like errors.")
@json_option
@click.pass_context
def lint(context: click.Context, paths: tuple[str, ...], stack: str | None, is_strict: bool, as_json: bool) -> None:
    """Find mistakes in labels and policy files.

    Compose files and policy files, told apart by what is in them, are looked at on this machine, and together: which
    service a policy file covers, and what the two come to. Without files a worker looks at the Swarm that runs, at
    metrics without values and at stores out of reach, too. Exit code 1 says that there are errors.
    """
    # Files are looked at without anything that speaks to workers.
    findings = _of_files(paths, stack) if paths else context.ensure_object(Desk).questions.lint()
    if as_json:
        show_json(_document(findings))
    else:
        _show(findings)
    if any(finding.severity is Severity.ERROR or is_strict for finding in findings):
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _of_files(paths: Sequence[str], stack: str | None) -> tuple[Finding, ...]:
    files = []
    for path in paths:
        name, content = read_file(path)
        files.append(FileToLint(name=name, content=content))
    return lint_files(files, variables=os.environ, stack=stack)


def _show(findings: Sequence[Finding]) -> None:
    for finding in findings:
        click.echo(finding.text)
    click.echo(_summary(findings), err=True)


def _summary(findings: Sequence[Finding]) -> str:
    """``2 errors, 1 warning``."""
    counted = [(sum(finding.severity is severity for finding in findings), severity) for severity in Severity]
    kinds = [f"{count} {severity}" + ("" if count == 1 else "s") for count, severity in counted if count]
    return ", ".join(kinds) or "no findings"


def _document(findings: Sequence[Finding]) -> dict[str, object]:
    return {
        "findings": findings,
        "errors": sum(finding.severity is Severity.ERROR for finding in findings),
        "warnings": sum(finding.severity is Severity.WARNING for finding in findings),
    }
