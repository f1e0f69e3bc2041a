"""Reading environment variables, and the secrets in files that some of them point to."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from skep.config.addresses import without_password
from skep.config.units import UnitError, complaint, shortened
from skep.errors import Permanent

__all__ = ["Environment", "Setting", "SettingProblem", "SettingsError", "unknown_variables"]

T = TypeVar("T")

_PREFIX = "SKEP_"
_HIDDEN = "***"
_LONGEST_MISSPELT = 60
_LEAST_LIKENESS = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One environment variable and what it is for.

    Attributes:
        read: text to value; raises :class:`UnitError`.
        default: the text that holds where nothing is given, if any.
        otherwise: what holds then in words, where there is no default text.
        is_secret: never shown, and may be in a file named by the variable with ``_FILE`` at its end.
        is_address: a password may be in it, and the rest may be shown.
        also: another variable that counts where this one is not set.
    """

    name: str
    read: Callable[[str], T]
    meaning: str
    default: str | None = None
    otherwise: str = "none"
    is_secret: bool = False
    is_address: bool = False
    also: str | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables that give this setting."""
        return tuple(variable for variable in (self.name, self.file_variable, self.also) if variable)

    @property
    def file_variable(self) -> str | None:
        """The variable that names a file with the value, for secrets."""
        return f"{self.name}_FILE" if self.is_secret else None

    @property
    def secret_name(self) -> str:
        """What its Docker secret would be called: ``redis_password``."""
        return self.name.removeprefix(_PREFIX).lower()

    def shown(self, variable: str, text: str) -> str:
        """What may be seen of the text in one of its variables; a path is none if it does not look like one."""
        if variable == self.file_variable:
            return text if text.startswith("/") else _HIDDEN
        return _HIDDEN if self.is_secret and not self.is_address else without_password(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingProblem:
    """One variable that is wrong, and how it would be right.

    Attributes:
        given: fit to be shown: no secret is in it; ``None`` where the variable is missing.
        expected: completes "expected …".
        example: completes "for example …".
    """

    variable: str
    given: str | None
    expected: str
    example: str

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        return complaint(self.variable, self.given, self.expected, self.example)


class SettingsError(Permanent):
    """The environment does not say how to run; lists every variable that is wrong."""

    def __init__(self, problems: Iterable[SettingProblem]) -> None:
        """Keep the problems and say them all.

        Args:
            problems: at least one.
        """
        self.problems = tuple(problems)
        lines = [f"  {problem.sentence}" for problem in self.problems]
        super().__init__("\n".join(["the settings of skep are wrong:", *lines]))


class Environment:
    """The variables while they are read, and what was wrong with them.

    A variable that is empty counts as not set, as Compose files leave it with ``${NAME:-}``.
    """

    def __init__(self, variables: Mapping[str, str], read_file: Callable[[str], str]) -> None:
        self._variables = variables
        self._read_file = read_file
        self.problems: list[SettingProblem] = []

    def value(self, setting: Setting[T]) -> T:
        """What is given, else the default; also for a wrong one, which is then noted.

        Raises:
            ValueError: the setting has no default; a mistake in skep.
        """
        given = self.given(setting)
        if given is not None:
            return given
        if setting.default is None:
            raise ValueError(f"{setting.name} has no default")
        return setting.read(setting.default)

    def given(self, setting: Setting[T]) -> T | None:
        """What is given; ``None`` where nothing is, or where it is wrong, which is then noted."""
        variable = self._variable(setting)
        if variable is None:
            return None
        file = setting.file_variable
        if file is not None and variable != file and self._text(file) is not None:
            self._note(setting, file, f"either this or {setting.name}, not both", "the file alone")
        try:
            return setting.read(self._contents(setting, variable))
        except UnitError as error:
            expected = f"a file with {error.expected}" if variable == file else error.expected
            self._note(setting, variable, expected, setting.default or error.example)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            expected = f"a file that can be read ({reason})"
            self._note(setting, variable, expected, f"/run/secrets/{setting.secret_name}")
        return None

    def object_to(self, setting: Setting[Any], *, expected: str, example: str) -> None:
        """Note that a setting, given or missing, does not agree with another one."""
        self._note(setting, self._variable(setting) or setting.name, expected, example)

    def _variable(self, setting: Setting[Any]) -> str | None:
        """The first variable by which a setting is given."""
        return next((name for name in setting.variables if self._text(name) is not None), None)

    def _text(self, variable: str) -> str | None:
        text = self._variables.get(variable, "")
        return text if text.strip() else None

    def _contents(self, setting: Setting[Any], variable: str) -> str:
        text = self._variables[variable]
        return self._read_file(text) if variable == setting.file_variable else text

    def _note(self, setting: Setting[Any], variable: str, expected: str, example: str) -> None:
        text = self._text(variable)
        given = None if text is None else setting.shown(variable, text)
        problem = SettingProblem(variable=variable, given=given, expected=expected, example=example)
        self.problems.append(problem)


def unknown_variables(variables: Iterable[str], settings: Iterable[Setting[Any]]) -> tuple[str, ...]:
    """A sentence for each variable that looks like a setting and is none. Values are not shown: they may be secrets."""
    known = {variable for setting in settings for variable in setting.variables}
    unknown = sorted(name for name in variables if name.startswith(_PREFIX) and name not in known)
    return tuple(_unknown(name, known) for name in unknown)


def _unknown(name: str, known: Iterable[str]) -> str:
    likely = difflib.get_close_matches(name[:_LONGEST_MISSPELT], known, n=1, cutoff=_LEAST_LIKENESS)
    hint = f"; perhaps {likely[0]} was meant" if likely else ""
    return f"{shortened(name)} is not a setting of skep and has no effect{hint}"
