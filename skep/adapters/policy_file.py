"""The policy file where it lies: read when it is first wanted, and again when it has changed."""

import logging
from pathlib import Path

from skep.config import policy_file
from skep.config.clauses import PolicyFile
from skep.config.origin import Origin
from skep.config.problem import Problem, Problems

__all__ = ["PolicyFileOnDisk"]

_LOG = logging.getLogger(__name__)

#: When it was changed, its size, and which file it is; ``None`` while there is none.
_State = tuple[int, int, int] | None


class PolicyFileOnDisk:
    """One policy file.

    Put a new one in place by renaming it, so that nobody reads the half of it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: _State = (-1, -1, -1)
        self._file = PolicyFile(name=path.name)

    def current(self) -> PolicyFile:
        """What the file says.

        While it cannot be read it is the last that could be, or an empty one, with the reason in ``failure``.
        """
        state = self._look()
        if state is None or state != self._state:
            read = self._read()
            if isinstance(read, Problems) and (state != self._state or not self._file.failure):
                _LOG.error("%s", "; ".join(problem.sentence for problem in read.problems))
            self._file = self._file.failed(read.problems) if isinstance(read, Problems) else read
            self._state = state
        return self._file

    def _look(self) -> _State:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> PolicyFile | Problems:
        try:
            with self._path.open("rb") as file:
                # One byte more than is allowed tells that it is too long, however long it is.
                return policy_file.read(file.read(policy_file.LONGEST_FILE + 1), self._path.name)
        except OSError as error:
            return Problems(problems=(self._out_of_reach(error),))

    def _out_of_reach(self, error: OSError) -> Problem:
        return Problem(
            service=None,
            label="the file",
            given=str(self._path),
            expected=f"a file that can be read ({error.strerror})",
            example="/etc/skep/policy.yml",
            origin=Origin(file=self._path.name, line=1, column=1, place="SKEP_POLICY_FILE"),
        )
