"""Sealing: what identifies a person is kept as AES-256-GCM ciphertext, under one data key for each request or item.

A keyring holds the long-lived keys and wraps the data keys. Destroying a request's wrapped key (setting it to NULL)
makes everything sealed under it unreadable for good, backups of the rows included. Changing the keyring's current
key only wraps data keys again; the sealed columns stay as they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
# NIST SP 800-38D section 8.2.2: a random 96-bit nonce, good for 2^32 uses of a key; a data key is used a few times.
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
FORMAT: Final = b"\x01"
_SEAL_LABEL: Final = b"convene.seal.1"
_WRAP_LABEL: Final = b"convene.wrap.1"


class SealError(Exception):
    """The family of everything that stops a sealed value from being read. Messages name a place, never a content."""


class SealBroken(SealError):  # noqa: N818 - a state of the value, said in the words of the design
    """The bytes do not belong to this key, table, row and column, or were changed. Caught by the identity workflow."""


class KeyUnknown(SealError):  # noqa: N818
    """The keyring does not hold the key that wrapped this data key: a setting is missing. Caught at the edges."""


class KeyErased(SealError):  # noqa: N818
    """The data key was destroyed on purpose; the identity is gone. Screens say "erased"."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one request or held item. Store ``key_id`` and ``wrapped``; ``plain`` never leaves memory."""

    key_id: str
    wrapped: bytes = field(repr=False)
    plain: bytes = field(repr=False)


class Keyring:
    """The long-lived keys by id, and which of them wraps new data keys.

    Raises:
        ValueError: a key is not 32 bytes, an id is empty or over 255 bytes, or the current id is not among them.
    """

    __slots__ = ("_ciphers", "_current")

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        if current not in keys:
            raise ValueError("the current key id is not on the keyring")
        for key_id, key in keys.items():
            if not 1 <= len(key_id.encode()) <= 255:
                raise ValueError("a key id is 1 to 255 bytes long")
            if len(key) != KEY_BYTES:
                raise ValueError(f"key {key_id!r} is not {KEY_BYTES} bytes long")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current

    def __repr__(self) -> str:
        return f"Keyring(current={self._current!r})"

    @property
    def current(self) -> str:
        """The id of the key that wraps new data keys."""
        return self._current

    def new_data_key(self) -> DataKey:
        """A fresh random data key, wrapped under the current key."""
        return self._wrap(secrets.token_bytes(KEY_BYTES))

    def open_data_key(self, key_id: str, wrapped: bytes | None) -> DataKey:
        """Unwrap a stored data key.

        Raises:
            KeyErased: ``wrapped`` is None, the column's value after an erasure.
            KeyUnknown: no such key on the ring.
            SealBroken: the wrapped bytes were changed or wrapped under another key.
        """
        if wrapped is None:
            raise KeyErased("the data key was destroyed")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise KeyUnknown(f"key {key_id!r} is not on the keyring")
        plain = _open(cipher, wrapped, _bound(_WRAP_LABEL, key_id.encode()), "a wrapped data key")
        return DataKey(key_id, wrapped, plain)

    def rewrap(self, key_id: str, wrapped: bytes) -> DataKey:
        """The same data key under the current key, for rotation: store its new ``key_id`` and ``wrapped`` together.

        Raises:
            KeyUnknown, SealBroken: as ``open_data_key``.
        """
        return self._wrap(self.open_data_key(key_id, wrapped).plain)

    def _wrap(self, plain: bytes) -> DataKey:
        nonce = secrets.token_bytes(NONCE_BYTES)
        bound = _bound(_WRAP_LABEL, self._current.encode())
        return DataKey(self._current, nonce + self._ciphers[self._current].encrypt(nonce, plain, bound), plain)


def seal(data_key: DataKey, table: str, row_id: UUID, column: str, plain: bytes) -> bytes:
    """Seal one column of one row.

    The result is: format byte, length and text of the id of the key that wrapped the data key at sealing, nonce,
    ciphertext and tag. That id is bound in with table, row and column, and rides along so that rewrapping the data
    key later leaves the sealed bytes readable.
    """
    key_id = data_key.key_id.encode()
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(data_key.plain).encrypt(nonce, plain, _place(key_id, table, row_id, column))
    return b"".join((FORMAT, bytes((len(key_id),)), key_id, nonce, sealed))


def unseal(data_key: DataKey, table: str, row_id: UUID, column: str, sealed: bytes) -> bytes:
    """Open what ``seal`` made, only in the place it was made for.

    Raises:
        SealBroken: another key, table, row or column, or changed or cut bytes.
    """
    where = f"{table}.{column} of {row_id}"
    if len(sealed) < 2 or sealed[:1] != FORMAT:
        raise SealBroken(f"{where} is not a sealed value")
    end = 2 + sealed[1]
    key_id = sealed[2:end]
    return _open(AESGCM(data_key.plain), sealed[end:], _place(key_id, table, row_id, column), where)


def _open(cipher: AESGCM, sealed: bytes, bound: bytes, where: str) -> bytes:
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise SealBroken(f"{where} was cut short")
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag:
        raise SealBroken(f"{where} does not open") from None


def _place(key_id: bytes, table: str, row_id: UUID, column: str) -> bytes:
    return _bound(_SEAL_LABEL, key_id, table.encode(), row_id.bytes, column.encode())


def _bound(*parts: bytes) -> bytes:
    """Associated data. Each part carries its length, so no two different lists of parts run together alike."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
