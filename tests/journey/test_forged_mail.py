"""A mail in an agency's name that its own domain did not send answers nothing and ends nobody's reminders."""

from __future__ import annotations

from service.domain.chasing import SETTLE
from service.workflow import identity
from tests.journey.test_calendar_replies import reply, uid
from tests.journey.test_mail_to_read import NURSE, a_mail, asked, came_back, mixed, steps, the_mail
from tests.journey.world import SOCIAL_WORKER, World, reference_of

__all__ = ["mixed"]


async def words_of(world: World, reference: str) -> str:
    mail = await the_mail(world)
    opened = await identity.open_mail(world.services, "lewisham", reference, mail["id"], reason="why", actor="officer")
    return opened.words


async def test_a_forged_yes_is_mail_to_read_and_the_agency_is_chased_on(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    before = await steps(mixed, "school_nurse")
    await mixed.mails(reply(await uid(mixed)), forged=True)
    await mixed.read_mail()
    assert await mixed.rows("SELECT id FROM answers") == []
    assert await steps(mixed, "school_nurse") == before
    mail = await the_mail(mixed)
    place = await mixed.one("SELECT id FROM requirements WHERE role = 'school_nurse'")
    assert (mail["kind"], mail["state"], mail["requirement_id"]) == ("ordinary", "open", place["id"])
    assert "mail_to_read" in await mixed.tasks()
    words = await words_of(mixed, reference)
    assert words.startswith("(Outlook cannot vouch that this mail came from the address it names.")
    assert "A calendar's answer: said yes" in words
    await mixed.mails(reply(await uid(mixed)))
    await mixed.read_mail()
    assert [row["answer"] for row in await mixed.rows("SELECT answer FROM answers")] == ["yes"]


async def test_a_forged_answer_to_no_meeting_is_kept_for_a_person(mixed: World) -> None:
    await asked(mixed)
    await mixed.mails(reply("00000000-0000-7000-8000-000000000000"), forged=True)
    await mixed.read_mail()
    assert len(await mixed.rows("SELECT id FROM held_items")) == 1


async def test_forged_absence_and_forged_bounces_move_no_ladder(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    mixed.clock.wait(SETTLE)
    before = await steps(mixed, "social_worker")
    await mixed.mails(a_mail(f"Automatic reply: {reference}", "I am away"), forged=True)
    row = await mixed.one(
        "SELECT o.id FROM outbox o JOIN requirements r ON r.id = o.requirement_id WHERE r.role = 'social_worker'"
    )
    await mixed.mails(came_back(SOCIAL_WORKER, f"X-Convene-Key: {row['id']}"), forged=True)
    await mixed.read_mail()
    assert await steps(mixed, "social_worker") == before
    assert "address_fails" in await mixed.tasks(), "a person phones, and finds out"


async def test_words_that_nobody_vouches_for_say_so(mixed: World) -> None:
    reference = reference_of(await asked(mixed))
    await mixed.mails(a_mail(f"Re: {reference}", "we cannot come", sender=NURSE), forged=True)
    await mixed.read_mail()
    assert "Outlook cannot vouch" in await words_of(mixed, reference)
