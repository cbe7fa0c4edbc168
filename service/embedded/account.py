"""Which user the engines run as, and what that user can reach.

PostgreSQL refuses to run as root. As root we therefore borrow an account that already exists and
never create one, and never change the mode of a folder we did not make.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

_UNPRIVILEGED = ("postgres", "_postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An existing unprivileged user: its name, user id and primary group id."""

    name: str
    uid: int
    gid: int


def engine_account() -> Account | None:
    """Return the account the engines run as, or None when we are not root and run them as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    return Account("nobody", 65534, 65534)


def own_name() -> str:
    """Return the name of the user this process runs as; raises KeyError when the system has none for it."""
    return pwd.getpwuid(os.geteuid()).pw_name


def first_closed(path: Path, account: Account | None) -> Path | None:
    """Return the first folder on the way to `path`, or `path` itself, that `account` may not enter or read.

    None means nothing is in the way. Judged from owner, group and mode bits; a missing path counts as
    closed. Folders need "execute", a file needs "read".
    """
    for step in [*reversed(path.parents), path]:
        try:
            found = step.stat()
        except OSError:
            return step
        wanted = stat.S_IXUSR if stat.S_ISDIR(found.st_mode) else stat.S_IRUSR
        if account is not None and not _allows(found, account, wanted):
            return step
    return None


def _allows(found: os.stat_result, account: Account, wanted: int) -> bool:
    if found.st_uid == account.uid:
        return bool(found.st_mode & wanted)
    if found.st_gid == account.gid:
        return bool(found.st_mode & (wanted >> 3))
    return bool(found.st_mode & (wanted >> 6))


def give(path: Path, account: Account | None) -> None:
    """Hand a file or folder that we have just made to `account`; nothing to do when we run as ourselves."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
