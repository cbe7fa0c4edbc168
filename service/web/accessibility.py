"""When the accessibility statement was prepared and last reviewed. A test holds the dates against its text."""

from __future__ import annotations

from datetime import date

from service.domain.london import date_words

PREPARED_ON, REVIEWED_ON = date(2026, 11, 28), date(2026, 11, 28)
PREPARED, REVIEWED = date_words(PREPARED_ON), date_words(REVIEWED_ON)
