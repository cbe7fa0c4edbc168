"""The directory: who does each agency's job, addresses that wait, the desks behind it, and who can chair."""

from __future__ import annotations

from service.handlers import api_desks, api_directory, api_rota, api_secure_mail
from service.handlers.operations.shape import ACT, READ, Operation

DIRECTORY: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/v1/directory",
        "getDirectory",
        "Every inbox in use, and the new addresses that wait to be confirmed",
        api_directory.DirectoryShown,
        problems=READ,
    ),
    Operation(
        "POST",
        "/api/v1/directory/inboxes/{inbox}",
        "changeInbox",
        "Change one inbox; a new address is used once somebody who reads it has confirmed it",
        api_directory.InboxShown,
        body=api_directory.InboxBody,
        parameters=("inbox", "partnership"),
        problems=ACT,
    ),
    Operation(
        "POST",
        "/api/v1/directory/addresses/{check}",
        "settleAddress",
        "Confirm a new address with the code read out on a call back, send a new code, or drop it",
        api_directory.AddressDone,
        body=api_directory.AddressBody,
        parameters=("check", "partnership"),
        problems=ACT,
    ),
    Operation(
        "GET",
        "/api/v1/desks",
        "getDesks",
        "Every desk: in how many meetings at once it can be, when it comes, when it is away, what is asked of it",
        api_desks.DesksShown,
        problems=READ,
    ),
    Operation(
        "POST",
        "/api/v1/desks",
        "describeDesk",
        "Describe one desk; meetings to come keep their times",
        api_desks.DeskDescribed,
        body=api_desks.DeskBody,
        problems=ACT,
    ),
    Operation(
        "GET",
        "/api/v1/rota",
        "getRota",
        "Who can chair, in which hours, when they are away, and which meetings to come are theirs",
        api_rota.RotaShown,
        problems=READ,
    ),
    Operation(
        "POST",
        "/api/v1/rota",
        "changeRota",
        "Put one chair on the rota, change them, or take them off; it tells nobody and moves no meeting",
        api_rota.RotaDone,
        body=api_rota.RotaBody,
        problems=ACT,
    ),
    Operation(
        "GET",
        "/api/v1/secure-mail",
        "getSecureMail",
        "The agencies that may be told by secure mail who a meeting is about",
        api_secure_mail.SecureMailShown,
        problems=READ,
    ),
    Operation(
        "POST",
        "/api/v1/secure-mail",
        "allowSecureMail",
        "Allow secure mail for one agency; sent twice it is allowed once",
        api_secure_mail.AllowedShown,
        body=api_secure_mail.SecureMailBody,
        problems=ACT,
    ),
    Operation(
        "POST",
        "/api/v1/secure-mail/{allowed}",
        "endSecureMail",
        "Allow secure mail no more for one agency; what waits is not sent either",
        api_secure_mail.SecureMailEnded,
        parameters=("allowed", "partnership"),
        problems=ACT,
    ),
)
