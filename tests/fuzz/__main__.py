"""``python -m tests.fuzz --seconds 60 [TARGET...]``, which is what `make fuzz` runs: each target in turn by atheris.

What was found stays in `build/fuzz`: inputs that reach new code, by target, from which the next run goes on, and in
`findings` those that broke a promise. `python -m tests.fuzz --again FILE TARGET` reads one of them again.
"""

import argparse
import logging
import random
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.catalogue import TARGETS, target
from tests.fuzz.mutation import mutated

_BUILD = Path(__file__).parents[2] / "build" / "fuzz"
_FINDINGS = _BUILD / "findings"
_LONGEST_BYTES = 16_384
#: Of one input; a tick may not stand still for one service.
_LONGEST_READING_S = 5
_OF_JSON = 0.5


def main() -> int:
    """Let each target be fuzzed in a process of its own; 1 where one has broken a promise."""
    told = _arguments()
    if told.again is not None:
        for name in told.targets:
            target(name).look(told.again.read_bytes())
        return 0
    if told.one:
        _fuzz(told.targets[0], told.seconds)
    if find_spec("atheris") is None:
        sys.stderr.write("There is no atheris; `make fuzz` installs it into build/fuzz/atheris.\n")
        return 2
    broken = [name for name in told.targets or TARGETS if _in_its_own_process(name, told.seconds)]
    if broken:
        sys.stderr.write(f"Broken: {', '.join(broken)}; the inputs are in {_FINDINGS}\n")
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description="Read what nobody would write.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"all where none is named: {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("--again", type=Path, help="read a finding again")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    unknown = sorted(set(told.targets) - set(TARGETS))
    if unknown:
        parser.error(f"there is no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    return told


def _in_its_own_process(name: str, seconds: int) -> int:
    """A fuzzer ends the process that it runs in."""
    sys.stderr.write(f"--- {name}, {seconds} s\n")
    command = [sys.executable, "-m", "tests.fuzz", "--one", "--seconds", str(seconds), name]
    return subprocess.run(command, check=False).returncode


def _fuzz(name: str, seconds: int) -> None:
    """Go on until the time is over or a promise is broken; ends the process."""
    atheris = import_module("atheris")
    logging.disable()  # what is left out is told each time, a few thousand times a second
    with atheris.instrument_imports(include=["skep"], enable_loader_override=False):
        fuzzed = target(name)
    corpus = _BUILD / name
    for folder in (corpus, _FINDINGS):
        folder.mkdir(parents=True, exist_ok=True)
    for words, seed in fuzzed.seeds.items():
        (corpus / words.replace(" ", "-")).write_bytes(seed)
    options = {
        "max_total_time": seconds,
        "max_len": _LONGEST_BYTES,
        "timeout": _LONGEST_READING_S,
        "artifact_prefix": f"{_FINDINGS}/{name}-",
        "print_final_stats": 1,
        "verbosity": 0,
    }
    arguments = [sys.argv[0], *(f"-{option}={value}" for option, value in options.items()), str(corpus)]

    def mutate(data: bytes, most_bytes: int, seed: int) -> bytes:
        """Every other time one of its parts, if it is JSON; else its bytes, by libFuzzer."""
        chance = random.Random(seed)
        document = mutated(data, chance) if chance.random() < _OF_JSON else None
        if document is not None and len(document) <= most_bytes:
            return document
        return bytes(atheris.Mutate(data, most_bytes))

    atheris.Setup(arguments, fuzzed.look, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
