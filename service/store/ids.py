"""Row ids: UUID version 7, so that ids sort by the time they were made."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from service.domain.ids import make_id


def new_id(at: datetime) -> UUID:
    """A fresh id for the aware instant ``at``. Raises ValueError as ``domain.ids.make_id``."""
    return make_id(at, secrets.token_bytes(8))
