"""The only caller that unseals. Every opening is audited in the same transaction.

The machine opens identities for the leak check: the words that must not leave, held against the exact bytes about to
go out. People open them on pages that come with sign-in.
"""

from __future__ import annotations

import json
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.forbidden_words import ForbiddenWords, forbidden
from service.store.queries import sealed
from service.store.sealing import KeyErased, Keyring, unseal


async def forbidden_words(
    conn: AsyncConnection, keyring: Keyring, partnership: str, request_id: UUID
) -> ForbiddenWords:
    """Open a request's identities for the leak check. The caller audits it together with what it then sends.

    Raises:
        SealError: a sealed value cannot be read; then nothing may be sent.
    """
    held = await sealed.of_request(conn, partnership, request_id)
    try:
        key = keyring.open_data_key(held.key_id, held.wrapped_key)
    except KeyErased:
        # The identities are gone, so none can leak.
        return ForbiddenWords()
    opened = [json.loads(unseal(key, row.table, row.id, "sealed_identity", row.sealed)) for row in held.rows]
    return forbidden(opened)
