"""Puts a process together from its settings: the one place that knows every room."""

from __future__ import annotations

import base64
import binascii
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from service.clock import Clock, real_now
from service.commands.outlook import TenantCalendars
from service.domain.london import local_date
from service.policies.holidays import working_calendar
from service.policies.load import load_pack
from service.settings import Settings, SettingsRefusedError
from service.store.changes import mailboxes, partnerships, policies
from service.store.engine import make_engine
from service.store.queries.partnerships import Partnership
from service.store.sealing import Keyring
from service.web.stale import STALE_AFTER
from service.workflow.policies_in_force import InForce
from service.workflow.ports import AnswerLinks, Calendars, NoCalendars, Services, Wake

ACTOR = "settings"


class NoWake:
    """For commands that leave the waking to the sweep."""

    async def outbox(self, ids: list[UUID], *, ahead: bool = False) -> None:
        """Nobody is woken."""

    async def mailbox(self, mailbox_id: UUID) -> None:
        """Nobody is woken."""


def spare_start_up() -> None:
    """Take everything made so far out of garbage collection, once a long-lived process has started.

    The modules alone are some 150,000 objects that are never garbage; going through them held every request up for a
    tenth of a second, again and again.
    """
    gc.collect()
    gc.freeze()


def clock_of(settings: Settings) -> Clock:
    """The business clock of the settings."""
    return Clock(settings.clock_epoch, settings.clock_started, settings.clock_speed)


def engine_of(settings: Settings) -> AsyncEngine:
    """The database engine of the settings; the caller disposes of it."""
    return make_engine(settings.database_url.get_secret_value())


def keyring_of(settings: Settings) -> Keyring:
    """The sealing keys of the settings.

    Raises:
        SettingsRefusedError: a key that is not 32 bytes in base64.
    """
    keys: dict[str, bytes] = {}
    for key_id, secret in settings.sealing_keys.items():
        try:
            keys[key_id] = base64.b64decode(secret.get_secret_value(), validate=True)
        except (binascii.Error, ValueError):
            raise SettingsRefusedError([f"CONVENE_SEALING_KEYS → {key_id}: not base64."]) from None
    try:
        return Keyring(keys, settings.sealing_key_current)
    except ValueError as error:
        raise SettingsRefusedError([f"CONVENE_SEALING_KEYS: {error}."]) from None


def build_services(settings: Settings, engine: AsyncEngine, wake: Wake, calendars: Calendars | None = None) -> Services:
    """The workflow's services. Without ``calendars`` a search for a time knows of no calendar in Outlook.

    Raises:
        SettingsRefusedError: a wrong sealing key.
        PolicyRefused: a partnership's pack that cannot be used.
    """
    clock = clock_of(settings)
    return Services(
        engine=engine,
        keyring=keyring_of(settings),
        wake=wake,
        now=clock.now,
        real_now=real_now,
        calendar=working_calendar(local_date(clock.now()), settings.announced_bank_holidays),
        policies=InForce({name: load_pack(each.pack) for name, each in settings.partnerships.items()}),
        links=AnswerLinks(settings.public_url.rstrip("/"), settings.answer_link_secret.get_secret_value().encode()),
        calendars=calendars or NoCalendars(),
        reading_late_after=clock.business(timedelta(seconds=settings.poll_seconds) + STALE_AFTER),
        reads_mail=settings.graph_read_mail,
    )


@asynccontextmanager
async def command_services(settings: Settings) -> AsyncIterator[Services]:
    """Services for one command; whatever they opened is closed afterwards."""
    engine, calendars = engine_of(settings), TenantCalendars(settings)
    try:
        yield build_services(settings, engine, NoWake(), calendars)
    finally:
        await calendars.close()
        await engine.dispose()


async def establish(settings: Settings, services: Services) -> None:
    """Make the partnerships, organiser mailboxes and published policies of the settings exist. Safe to repeat."""
    now = services.now()
    async with services.engine.begin() as conn:
        for name, wanted in settings.partnerships.items():
            await partnerships.ensure(
                conn,
                Partnership(name, wanted.name, wanted.pack, wanted.service_address, wanted.service_phone),
                by=ACTOR,
                now=now,
            )
            for address in wanted.organiser_mailboxes:
                await mailboxes.ensure(conn, name, address, by=ACTOR, now=now)
            # The program's own pack, also where another one was put in force by hand: it holds again if that one goes.
            policy = load_pack(wanted.pack)
            version = policies.NewVersion(
                policy.content_hash, policy.id, policy.version, json.loads(policy.canonical), starts_at=now
            )
            await policies.publish(conn, name, version, by=ACTOR, now=now)
