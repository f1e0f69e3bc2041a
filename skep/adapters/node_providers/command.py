"""Machines by a program of the operator's: whatever can be scripted can be a provider.

docs/providers.md says what the program is asked and how it answers.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from skep.adapters.foreign_json import foreign_json
from skep.adapters.foreign_words import first_words, last_words
from skep.adapters.node_providers.command_language import Asked, Deleted, Described, Increased
from skep.adapters.node_providers.ordering import check_order
from skep.adapters.node_providers.program import Ended, TooMuch, TooSlow, run
from skep.adapters.node_providers.user_data import read_user_data
from skep.config.providers import CommandOptions
from skep.config.secret import Secret
from skep.config.units import duration_text
from skep.core.machines import Deletion, Increase, PoolMachines
from skep.errors import Permanent, Temporary

__all__ = ["CommandProvider"]

_PROTOCOL: Final = 1
_MOST_BYTES = 4 << 20
_DONE = 0
#: EX_TEMPFAIL of sysexits.h.
_PASSES_BY_ITSELF = 75

T = TypeVar("T")


class CommandProvider:
    """Implements :class:`skep.ports.NodeProvider`."""

    def __init__(self, pool: str, options: CommandOptions, *, join_token: Callable[[], Secret]) -> None:
        """Keep what to run; nothing runs yet.

        Args:
            pool: the name of the pool.
            options: the program, and how to run it.
            join_token: asks the Swarm, where user data needs it.
        """
        self._pool = pool
        self._options = options
        self._join_token = join_token

    def describe(self) -> PoolMachines:
        """As :meth:`skep.ports.NodeProvider.describe` says."""
        described = self._ask("describe", Asked(protocol=_PROTOCOL, pool=self._pool), Described, PoolMachines)
        ids = [machine.id for machine in described.machines]
        if len(set(ids)) < len(ids):
            raise Permanent(self._sentence("describe", "several machines have the same id"))
        return described

    def target(self) -> int:
        """As :meth:`skep.ports.NodeProvider.target` says."""
        return self.describe().target

    def increase(self, machines: int, *, request_id: str) -> Increase:
        """As :meth:`skep.ports.NodeProvider.increase` says."""
        check_order(machines, request_id)
        asked = Asked(
            protocol=_PROTOCOL,
            pool=self._pool,
            machines=machines,
            request_id=request_id,
            user_data=self._user_data(),
        )
        increased = self._ask("increase", asked, Increased, Increase)
        if increased.ordered > machines or (increased.ordered < machines and increased.refusal is None):
            happened = f"{increased.ordered} machines are ordered where {machines} were wanted, and it is not said why"
            raise Permanent(self._sentence("increase", happened))
        return increased

    def delete(self, machine_ids: Sequence[str]) -> Deletion:
        """As :meth:`skep.ports.NodeProvider.delete` says."""
        if not machine_ids:
            return Deletion(gone=())
        asked = Asked(protocol=_PROTOCOL, pool=self._pool, machine_ids=tuple(machine_ids))
        deleted = self._ask("delete", asked, Deleted, Deletion)
        gone = tuple(machine_id for machine_id in machine_ids if machine_id in deleted.gone)
        if len(gone) < len(machine_ids) and deleted.refusal is None:
            raise Permanent(self._sentence("delete", "not all machines are gone, and it is not said why"))
        return Deletion(gone=gone, refusal=deleted.refusal)

    def _user_data(self) -> str | None:
        if self._options.user_data is None:
            return None
        return read_user_data(self._options.user_data, join_token=self._join_token).for_any_host().reveal()

    def _ask(self, word: str, asked: Asked, told_as: type[msgspec.Struct], meant: type[T]) -> T:
        """Run the program once.

        Args:
            word: what is wanted.
            asked: the question.
            told_as: the form of the answer.
            meant: what the answer is to the core; it has the same fields.

        Raises:
            Temporary: it says that its trouble passes, took too long, or was killed.
            Permanent: any other trouble.
        """
        ended = self._run(word, asked)
        if ended.code == _PASSES_BY_ITSELF:
            raise Temporary(self._sentence(word, _said(ended)))
        if ended.code < 0:
            raise Temporary(self._sentence(word, f"it was killed by signal {-ended.code}"))
        if ended.code != _DONE:
            raise Permanent(self._sentence(word, f"exit code {ended.code}: {_said(ended)}"))
        try:
            with foreign_json():
                answer = msgspec.json.decode(ended.output, type=told_as)
        except msgspec.DecodeError as error:
            # A field that should not be there is named in it, as the program spells it.
            fault = first_words(str(error))
            raise Permanent(self._sentence(word, f"its answer is not as it should be: {fault}")) from error
        return msgspec.convert(answer, type=meant, from_attributes=True)

    def _run(self, word: str, asked: Asked) -> Ended:
        options = self._options
        try:
            return run(
                (*options.argv, word),
                given=msgspec.json.encode(asked),
                timeout=options.timeout,
                env=dict(options.env),
                folder=options.folder,
                most_bytes=_MOST_BYTES,
            )
        except TooSlow:
            happened = f"no answer within {duration_text(options.timeout)}, so it was killed"
            raise Temporary(self._sentence(word, happened)) from None
        except TooMuch:
            raise Permanent(
                self._sentence(word, f"it prints more than {_MOST_BYTES} bytes, so it was killed")
            ) from None
        except OSError as error:
            raise Permanent(self._sentence(word, f"it cannot be run: {error.strerror}")) from error

    def _sentence(self, word: str, happened: str) -> str:
        return f"pool {self._pool}, {self._options.argv[0]} {word}: {happened}"


def _said(ended: Ended) -> str:
    """What it printed last to its standard error."""
    return last_words(ended.errors.decode(errors="replace")) or "it did not say why"
