"""``python -m tests.conformance FOLDER``, which is what ``make conformance`` runs.

Runs every vector below a folder against the core: those of this repository, unless another folder of the same form is
named. The forms are told by the READMEs in ``tests/conformance/vectors``.

Exit status: 0 when every vector passed or differs for a known reason, 1 when one failed, 2 for a folder without any.
"""

from pathlib import Path

import click

from tests.conformance.judging import Verdict, judge
from tests.conformance.summary import summary
from tests.conformance.vector import Unreadable, load

_OUR_OWN = Path(__file__).parent / "vectors"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=_OUR_OWN)
def main(folder: Path) -> None:
    """Run the vectors below FOLDER against the core."""
    try:
        vectors = load(folder)
    except Unreadable as error:
        raise click.UsageError(str(error)) from error
    outcomes = [judge(vector) for vector in vectors]
    click.echo("\n".join(summary(outcomes)))
    raise SystemExit(int(any(outcome.verdict is Verdict.FAILED for outcome in outcomes)))


if __name__ == "__main__":
    main()
