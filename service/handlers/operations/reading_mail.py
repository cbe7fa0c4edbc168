"""Mail to read."""

from __future__ import annotations

from service.handlers import api_mail
from service.handlers.operations.shape import ACT, MEETING, Operation

_OF_MAIL = ("reference", "mail", "partnership")

READING_MAIL: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/v1/mail",
        "listMail",
        "Mail about meetings that waits to be read, and who has opened it",
        api_mail.MailList,
        parameters=("all", "partnership"),
        problems=(400, 401, 403, 503),
    ),
    Operation(
        "POST",
        f"{MEETING}/mail/{{mail}}/open",
        "openMail",
        "What one mail says; the opening and its reason are kept",
        api_mail.MailWordsShown,
        body=api_mail.MailReadBody,
        parameters=_OF_MAIL,
        problems=(*ACT, 410),
    ),
    Operation(
        "POST",
        f"{MEETING}/mail/{{mail}}/settle",
        "settleMail",
        "Say what a mail means: an answer like any other, or nothing to do",
        api_mail.MailDone,
        body=api_mail.MailMeansBody,
        parameters=_OF_MAIL,
        problems=ACT,
    ),
    Operation(
        "POST",
        f"{MEETING}/mail/{{mail}}/move",
        "moveMail",
        "A mail is about another meeting, where it waits to be read",
        api_mail.MailDone,
        body=api_mail.MailMovedBody,
        parameters=_OF_MAIL,
        problems=(*ACT, 410),
    ),
)
