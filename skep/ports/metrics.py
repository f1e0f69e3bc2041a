"""The store of metrics."""

from collections.abc import Sequence
from typing import Protocol

from skep.core.metrics.series import Answers, Question

__all__ = ["Metrics"]


class Metrics(Protocol):
    """The metrics store."""

    def read(
        self,
        questions: Sequence[Question],
        *,
        services: Sequence[str],
        nodes: Sequence[str] = (),
        is_share: bool = False,
    ) -> Answers:
        """Answer all questions, with gaps where there is no answer.

        Never raises for a store that is down, slow or wrong: that is a gap in every answer. Built-in signals
        travel in one request, operators' own queries in a second one.

        Args:
            questions: what is wanted.
            services: names of the services that built-in signals are wanted for.
            nodes: host names of the nodes that signals of nodes are wanted for.
            is_share: these are a share of the services that the store knows, and others ask for the rest meanwhile: it
                pays to have the rest left out, however many these are.
        """

    def statement(self, question: Question) -> str:
        """What the store is asked, for people to see and to try: never sent from here.

        Args:
            question: of a built-in signal, whose statement serves all services, narrowed to its ``service``; or of an
                operator's own query, with ``$service`` filled in.

        Returns:
            The statement; empty where none is ever sent, because it is refused before.
        """
