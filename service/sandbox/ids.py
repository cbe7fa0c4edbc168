"""Item ids as Outlook makes them: one that dies with a move, one that does not."""

import base64
import secrets
import uuid
from dataclasses import dataclass


def _opaque(prefix: str) -> str:
    # Every id carries "/", "+" and "=", so that a caller who forgets to escape it in a path fails here first.
    raw = base64.b64encode(secrets.token_bytes(42)).decode()
    return f"{prefix}{raw[:20]}/{raw[20:40]}+{raw[40:-1]}="


@dataclass(slots=True)
class ItemId:
    """Both ids of one item; ``move`` replaces the ordinary one.

    Source: learn.microsoft.com/graph/outlook-immutable-id.
    """

    immutable: str
    ordinary: str

    @classmethod
    def new(cls) -> "ItemId":
        """Make the ids of a new item."""
        return cls(_opaque("AAkALgAAAAAAHY"), _opaque("AAMkAGI1"))

    def move(self) -> None:
        """Give the item the id it has in its new folder; the old one is gone for good."""
        self.ordinary = _opaque("AAMkAGI1")

    def shown(self, *, immutable: bool) -> str:
        """Return the id in the form the caller prefers."""
        return self.immutable if immutable else self.ordinary

    def __contains__(self, item_id: object) -> bool:
        return item_id in (self.immutable, self.ordinary)


def change_key() -> str:
    """Return a fresh changeKey; every change of an item makes a new one."""
    return base64.b64encode(secrets.token_bytes(16)).decode()


def event_uid() -> str:
    """Return a new iCalendar UID in the form Exchange uses."""
    return "040000008200E00074C5B7101A82E008" + uuid.uuid4().hex.upper() + uuid.uuid4().hex.upper()


def object_id(address: str) -> str:
    """Return the directory object id of an address; the same address always has the same id."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, address.casefold()))
