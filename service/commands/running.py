"""What a command needs to run: settings, the services over the database, and who is acting."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from service.clock import Clock, real_now
from service.commands.failures import RefusedError

if TYPE_CHECKING:
    from service.domain.working_time import WorkingCalendar
    from service.settings import Settings
    from service.workflow.ports import Services

Result = TypeVar("Result")
_LONGEST_NAME = 80


def settings_now() -> Settings:
    """The settings of this process.

    Raises:
        SettingsRefusedError: one sentence for each wrong one.
    """
    from service.settings import load  # noqa: PLC0415 - not before a command needs it

    return load()


def business_now() -> datetime:
    """Business time where the settings are there, else real time: for commands that need no settings."""
    from service.settings import SettingsRefusedError, load  # noqa: PLC0415

    try:
        settings = load()
    except SettingsRefusedError:
        return real_now()
    return Clock(settings.clock_epoch, settings.clock_started, settings.clock_speed).now()


def calendar_at(now: datetime) -> WorkingCalendar:
    """The working days to count with, bank holidays announced since included, for commands that need no settings.

    Raises:
        SettingsRefusedError: the announced bank holidays are set, and are no list of days.
    """
    from service.domain.london import local_date  # noqa: PLC0415
    from service.policies.holidays import working_calendar  # noqa: PLC0415
    from service.settings import announced_bank_holidays  # noqa: PLC0415

    return working_calendar(local_date(now), announced_bank_holidays())


def with_services(act: Callable[[Settings, Services], Awaitable[Result]]) -> Result:
    """Run one act over the configured database, and close everything after it."""
    settings = settings_now()

    async def main() -> Result:
        from service.commands.compose import command_services  # noqa: PLC0415
        from service.workflow.policies_in_force import look_again  # noqa: PLC0415

        async with command_services(settings) as services:
            await look_again(services)
            return await act(settings, services)

    return asyncio.run(main())


def partnership_in(settings: Settings, wanted: str) -> str:
    """The partnership asked for, or the only one there is.

    Raises:
        RefusedError: not one of the settings', or not said where there are several.
    """
    known = ", ".join(sorted(settings.partnerships))
    if wanted in settings.partnerships:
        return wanted
    if wanted:
        raise RefusedError(f"There is no partnership {wanted!r} in CONVENE_PARTNERSHIPS; it has: {known}.")
    if len(settings.partnerships) == 1:
        return next(iter(settings.partnerships))
    raise RefusedError(f"Say which partnership with --partnership: {known}.")


def actor_of(by: str) -> str:
    """How the audit names whoever runs a command: ``command:amy``.

    Raises:
        RefusedError: a name with control characters, or a very long one.
    """
    name = by.strip() or _system_user()
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise RefusedError(f"--by takes a name of up to {_LONGEST_NAME} visible characters.")
    return f"command:{name}"


def _system_user() -> str:
    # getpass would read the environment; a container's user may have no name at all.
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"
