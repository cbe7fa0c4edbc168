"""What a command says when it cannot do what was asked: one sentence, and an exit code a program can act on."""

from __future__ import annotations

from enum import IntEnum

from service.commands.hints import INSTEAD_HINTS


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    NO = 1
    """The answer is no: a check failed, a pack is bad, somebody else was first."""
    BAD_INPUT = 2
    """The command, a file or a setting is wrong: mend it and try again."""
    UNREACHABLE = 3
    """The service, the database or the queue cannot be reached, or is not ready."""


class RefusedError(Exception):
    """Raised by a command for what it will not do; the root group prints the sentences and exits with the code."""

    def __init__(self, *sentences: str, code: Exit = Exit.BAD_INPUT) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences
        self.code = code


Told = tuple[tuple[str, ...], Exit]

_MIGRATE = "The database is not at this version's tables. Bring it there with: convene migrate"


def told(error: Exception) -> Told | None:
    """The sentences and the exit code of an expected error; None for one that nobody foresaw.

    Imports what it compares with only now: a command that goes well does not wait for it.
    """
    if isinstance(error, RefusedError):
        return error.sentences, error.code
    return _of_ours(error) or _of_the_database(error)


def _of_ours(error: Exception) -> Told | None:
    from service.domain.meetings import IllegalMoveError  # noqa: PLC0415
    from service.domain.policy import UnknownMeetingTypeError  # noqa: PLC0415
    from service.domain.working_time import CalendarTooShortError  # noqa: PLC0415
    from service.policies.refusal import PolicyRefused  # noqa: PLC0415
    from service.settings import SettingsRefusedError  # noqa: PLC0415
    from service.workflow import errors  # noqa: PLC0415

    if isinstance(error, SettingsRefusedError):
        return tuple(error.sentences), Exit.BAD_INPUT
    # The first that fits: NotReadyError and its neighbours belong to WorkflowError too.
    codes: tuple[tuple[type[Exception], Exit], ...] = (
        (errors.NotReadyError, Exit.UNREACHABLE),
        (errors.AlreadyKnownError, Exit.NO),
        (errors.ChangedMeanwhileError, Exit.NO),
        (errors.DesksFullError, Exit.NO),
        (errors.PartlyGivenError, Exit.NO),
        (errors.WorkflowError, Exit.BAD_INPUT),
        (IllegalMoveError, Exit.NO),
        (PolicyRefused, Exit.BAD_INPUT),
        (UnknownMeetingTypeError, Exit.BAD_INPUT),
        (CalendarTooShortError, Exit.BAD_INPUT),
    )
    code = next((code for kind, code in codes if isinstance(error, kind)), None)
    if code is None:
        return None
    instead = error.instead if isinstance(error, errors.WorkflowError) else None
    hint = f" {_sentence(INSTEAD_HINTS[instead])}" if instead else ""
    return (f"{_sentence(str(error.args[0]))}{hint}",), code


def _sentence(text: str) -> str:
    # A refusal of a pack begins with its file's name, which is not ours to write with a capital.
    first = text if "." in text.split(" ", 1)[0].rstrip(".:") else f"{text[:1].upper()}{text[1:]}"
    return f"{first.rstrip('.')}."


def _of_the_database(error: Exception) -> Told | None:
    # Neither message may be repeated: they hold addresses, and the values of a statement.
    from asyncpg import InterfaceError, PostgresError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError, ProgrammingError, SQLAlchemyError  # noqa: PLC0415

    if isinstance(error, ProgrammingError) and "UndefinedTable" in _kinds(error):
        return (_MIGRATE,), Exit.UNREACHABLE
    if isinstance(error, ProgrammingError) and "UndefinedColumn" in _kinds(error):
        return (_MIGRATE,), Exit.UNREACHABLE
    if isinstance(error, DBAPIError | SQLAlchemyError | PostgresError | InterfaceError | OSError | TimeoutError):
        return (f"The database cannot be used ({_kind(error)}). {database_mend(error)}",), Exit.UNREACHABLE
    return None


def _kinds(error: BaseException) -> str:
    """The class names of an error and of what caused it, which say what went wrong without any value."""
    names: list[str] = []
    following: BaseException | None = error
    while following is not None and len(names) < 8:
        names.append(type(following).__name__)
        following = following.__cause__ or getattr(following, "orig", None)
    return " ".join(names)


def _kind(error: BaseException) -> str:
    return _kinds(error).split()[-1]


def database_mend(error: BaseException) -> str:
    """What to look at when the database could not be used."""
    kinds = _kinds(error)
    if "InvalidPassword" in kinds or "InvalidAuthorization" in kinds:
        return "Check the user and password in CONVENE_DATABASE_URL."
    if "InvalidCatalogName" in kinds:
        return "Create the database that CONVENE_DATABASE_URL names."
    if "UndefinedTable" in kinds or "UndefinedColumn" in kinds:
        return "Bring it to this version's tables with: convene migrate"
    return "Check CONVENE_DATABASE_URL, and that PostgreSQL runs and can be reached from here."
