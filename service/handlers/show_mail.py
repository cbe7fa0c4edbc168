"""From the records to the mails of a meeting's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.domain.london import words
from service.store.queries.mail_to_read import MailLine
from service.web.mail_words import MailShown, mail_sentence


def sentence_of(mail: MailLine, titles: Mapping[str, str]) -> str:
    """One mail in a sentence. ``titles`` are the words of each place, by its requirement."""
    return mail_sentence(mail.kind, titles.get(str(mail.requirement_id), ""), words(mail.received_at), mail.state)


def mails_shown(mails: Sequence[MailLine], titles: Mapping[str, str], here: str) -> tuple[MailShown, ...]:
    """The mails of a meeting for its page at ``here``, empty for somebody who may read none of them."""
    return tuple(
        MailShown(sentence_of(mail, titles), f"{here}/mail/{mail.id}" if here else "", mail.state == "open")
        for mail in mails
    )
