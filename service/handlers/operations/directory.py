"""The directory: who does each agency's job, and addresses that wait to be confirmed."""

from __future__ import annotations

from service.handlers import api_directory
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
)
