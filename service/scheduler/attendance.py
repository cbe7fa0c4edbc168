"""After an online meeting: ask Teams who was there, step by step of a ladder that stands in the database."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import structlog

from service.domain.teams_attendance import REFUSED_FOR
from service.outlook.attendance_reports import Attended, ReportsRefused, read_attendance
from service.outlook.errors import Gone, GraphError, PermanentData
from service.outlook.gate import GateClosed
from service.scheduler.machinery import Machinery
from service.scheduler.parts import each_mailbox
from service.store.queries import mailboxes
from service.store.queries.mailboxes import Mailbox
from service.store.queries.teams_attendance import OverMeeting, reads_due
from service.workflow.teams_attendance import Reported, not_answered, propose, refused

log = structlog.get_logger(__name__)
ACTOR = "scheduler"


async def read_reports(machinery: Machinery) -> int:
    """Read the reports that are due; returns how many proposals are new or changed.

    A mailbox whose reports may not be read is left alone for a day, and everything else about it goes on.
    """
    services = machinery.services
    async with services.engine.connect() as conn:
        every = await mailboxes.every_mailbox(conn)
    wanted = [mailbox for mailbox in every if _may_be_asked(mailbox, services.now())]
    return await each_mailbox([(mailbox.id, partial(_read_mailbox, machinery, mailbox)) for mailbox in wanted])


def _may_be_asked(mailbox: Mailbox, now: datetime) -> bool:
    since = mailbox.reports_refused_at
    return mailbox.state == "active" and (since is None or now - since >= REFUSED_FOR)


async def _read_mailbox(machinery: Machinery, mailbox: Mailbox) -> int:
    services, found = machinery.services, 0
    async with services.engine.connect() as conn:
        due = await reads_due(conn, mailbox.partnership, mailbox.id, services.now())
    for over in due:
        changed = await _read(machinery, mailbox, over)
        if changed is None:
            break
        found += changed
    return found


async def _read(machinery: Machinery, mailbox: Mailbox, over: OverMeeting) -> int | None:
    """Read one meeting's reports; None where the rest of the mailbox need not be tried now."""
    services, partnership = machinery.services, mailbox.partnership
    try:
        graph, between = machinery.graph(mailbox.id), (over.starts_at, over.sits_again_at)
        said = await read_attendance(graph, mailbox.address, over.join_url, *between)
    except ReportsRefused as error:
        await refused(services, partnership, mailbox.id, services.now())
        log.warning("attendance reports may not be read", mailbox=str(mailbox.id), why=str(error))
        return None
    except (Gone, PermanentData) as error:
        # An answer, and none that asking at once again would change.
        return await propose(services, partnership, over, None, actor=ACTOR, why=_why(error))
    except (GraphError, GateClosed) as error:
        await not_answered(services, partnership, over, _why(error))
        log.warning("attendance report not read", meeting=str(over.meeting_id), why=str(error))
        return None
    if mailbox.reports_refused_at is not None:
        await refused(services, partnership, mailbox.id, None)
    return await propose(services, partnership, over, _reported(said), actor=ACTOR)


def _reported(said: Attended) -> Reported:
    stays = {address: (stay.joined_at, stay.seconds) for address, stay in said.stays.items()}
    return Reported(said.reports, stays, said.unknown)


def _why(error: Exception) -> str:
    code = getattr(error, "code", "")
    return f"{type(error).__name__} {code}".strip()
