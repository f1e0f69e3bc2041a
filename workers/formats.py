"""Which format a message is written in, so that workers of two versions can take from one queue."""

from typing import Any

from celery import Task

from skep.errors import Permanent

__all__ = ["FORMAT", "HEADER", "FormattedTask"]

#: Raised when a message would mean something else to a worker of the version before.
FORMAT = 1
HEADER = "skep_format"


class FormattedTask(Task[..., Any]):
    """A task whose messages say their format, and which carries out none of a newer one.

    A message without a word of it is of the first.
    """

    def apply_async(self, *arguments: Any, headers: dict[str, Any] | None = None, **how: Any) -> Any:  # noqa: ANN401 - handed on as it came
        """As for Celery."""
        marked: dict[str, Any] = {**(headers or {}), HEADER: FORMAT}
        return super().apply_async(*arguments, headers=marked, **how)

    def __call__(self, *arguments: Any, **fields: Any) -> Any:  # noqa: ANN401 - what the task returns
        """As for Celery.

        Raises:
            Permanent: the message is of a newer version, and might mean what this one cannot know.
        """
        given = getattr(self.request, HEADER, FORMAT)  # Celery makes each header an attribute
        if type(given) is not int or given > FORMAT:
            raise Permanent(
                f"{self.name} came in format {given!r}, and this worker reads up to {FORMAT}: nothing was done; "
                "upgrade all workers, then ask again"
            )
        return self.run(*arguments, **fields)
