"""What can go wrong when somebody asks for something. Each has a sentence that can be shown; none holds an identity.

The handlers turn these into pages or problem documents; the command line prints the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from service.domain.desks import FullDesk, NextBest, full_words


class Instead(StrEnum):
    """What would do where something is refused. The sentence says it in words; the command line adds its command."""

    ADD_BEFORE = "add_before"
    ADD_NOW = "add_now"
    ADJOURN = "adjourn"
    CALL_ANEW = "call_anew"
    CORRECT_FACTS = "correct_facts"
    GO_ON = "go_on"
    IMPORT_DIRECTORY = "import_directory"
    LIST_ACTIONS = "list_actions"
    LIST_ADDRESSES = "list_addresses"
    LIST_CHAIRS = "list_chairs"
    LIST_DELIVERIES = "list_deliveries"
    LIST_INBOXES = "list_inboxes"
    LIST_STAFF = "list_staff"
    LIST_TASKS = "list_tasks"
    LIST_UNSENT = "list_unsent"
    MIGRATE = "migrate"
    MOVE = "move"
    NAME_INBOX = "name_inbox"
    NAME_PERSON = "name_person"
    STOP_INBOX = "stop_inbox"


class WorkflowError(Exception):
    """The base of the family: something asked for cannot be done, and the sentence says what would mend it."""

    def __init__(self, *args: object, instead: Instead | None = None) -> None:
        super().__init__(*args)
        self.instead = instead


class NoSuchMeetingError(WorkflowError):
    """No meeting has this reference in this partnership (or it is not for the asker to know of). A 404."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is no meeting {reference} in this partnership. Check the reference.")


class OldDraftError(WorkflowError):
    """Another tab has changed the draft since this page showed it. Caught by the page that keeps it, which says so;
    what was typed here is kept under ``copy_id``."""

    def __init__(self, draft_id: UUID, copy_id: UUID) -> None:
        super().__init__("This request was changed in another tab. What you typed here is kept beside it.")
        self.draft_id = draft_id
        self.copy_id = copy_id


class PartlyGivenError(WorkflowError):
    """Of several meetings of one sitting some have their place, and then one could not be given its own. A 409.

    ``because``: a whole sentence, or empty where the reason is none that can be shown.
    """

    def __init__(self, stand: Sequence[str], failed: str, because: str) -> None:
        have = "has its place and its" if len(stand) == 1 else "have their places and their"
        why = f" {because}" if because else ""
        super().__init__(
            f"{' and '.join(stand)} {have} agencies are asked. {failed} could not be given its own.{why} "
            "Try the same again: only what is missing is given then."
        )
        self.stand = tuple(stand)
        self.failed = failed


class NoSuchRequirementError(WorkflowError):
    """The meeting has no place for this agency. A 404."""

    def __init__(self, role: str) -> None:
        super().__init__(f"No agency in the role {role!r} is asked to this meeting. The meeting lists its agencies.")


class NoSuchRowError(WorkflowError):
    """No outbox row of this partnership waits for a person under this id. A 404."""

    def __init__(self, row_id: str) -> None:
        super().__init__(f"Nothing under {row_id} waits to be tried again.", instead=Instead.LIST_UNSENT)


class NoSuchPersonError(WorkflowError):
    """Nobody of this id has signed in to this partnership, or they are as they should be already. A 404."""

    def __init__(self, staff_id: str) -> None:
        super().__init__(f"Nobody with the id {staff_id} is there to change.", instead=Instead.LIST_STAFF)


class NoSuchTaskError(WorkflowError):
    """No task of this partnership is open under this id. A 404."""

    def __init__(self, task_id: str) -> None:
        super().__init__(f"No task {task_id} is open.", instead=Instead.LIST_TASKS)


class NoSuchHeldItemError(WorkflowError):
    """No delivery is kept under this reference, it was dealt with, or its key has been erased. A 404."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"No delivery {reference} waits for a person.", instead=Instead.LIST_DELIVERIES)


class NoSuchMailError(WorkflowError):
    """No mail is kept under this id for this meeting. A 404."""

    def __init__(self) -> None:
        super().__init__("There is no such mail about this meeting. The meeting's page lists those there are.")


class NoSuchAddressError(WorkflowError):
    """No new address of this partnership waits under this id: it was confirmed or dropped, or never given. A 404."""

    def __init__(self) -> None:
        super().__init__("No new address waits here any more.", instead=Instead.LIST_ADDRESSES)


class NoSuchInboxError(WorkflowError):
    """The directory of this partnership has no such inbox. A 404."""

    def __init__(self, named: str) -> None:
        super().__init__(f"The directory has no inbox {named}.", instead=Instead.LIST_INBOXES)


class BadInboxError(WorkflowError):
    """What an inbox is to become cannot be. A 422; ``problems`` has a sentence for each field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {said}" for name, said in problems.items()))
        self.problems = dict(problems)


class CannotSendSecurelyError(WorkflowError):
    """Who a meeting is about cannot be sent by secure mail to this agency; the sentence says why. A 409."""


class NotVouchedError(WorkflowError):
    """Addresses are only taken without a code where somebody says how they know them to be right. A 422."""

    def __init__(self) -> None:
        super().__init__("Say in up to 500 characters how you know that the addresses are right.")


class NoReasonError(WorkflowError):
    """An identity may only be opened for a reason that can be written down. A 422."""

    def __init__(self) -> None:
        super().__init__("Say why it is opened, in up to 200 visible characters and without names.")


class ErasedError(WorkflowError):
    """The request's key was destroyed on purpose: nothing of it can be opened, and nothing more is kept. A 410."""

    def __init__(self) -> None:
        super().__init__("The identities of this request were erased, and with them every word kept under its key.")


class CannotOpenError(WorkflowError):
    """These decisions or minutes cannot be opened for this agency now; the sentence says why. A 409."""


class CannotAdoptError(WorkflowError):
    """What was changed in Outlook cannot be taken over or put back by us; the sentence says what to do. A 409."""


class BadWordsError(WorkflowError):
    """The words of a decision, minutes or a dissent cannot be kept as they are; the sentence says why. A 422."""


class NoSuchDisagreementError(WorkflowError):
    """No disagreement of this partnership is open under this id. A 404."""

    def __init__(self, disagreement_id: str) -> None:
        super().__init__(f"No disagreement {disagreement_id} is open. Check the id in the list.")


class CannotInviteError(WorkflowError):
    """This inbox cannot be named for this place; the sentence says why. A 422."""


class CannotCallError(WorkflowError):
    """This call cannot be kept as it is said; the sentence says why. A 409."""


class CannotFollowUpError(WorkflowError):
    """No follow-up can be planned for this meeting now; the sentence says why. A 409."""


class NotOpenError(WorkflowError):
    """The meeting is no longer to be held; the sentence says how it stands. A 409."""


class BadChairError(WorkflowError):
    """Nobody, or not this person, can chair the meeting; the sentence says why. A 409."""


class NameRefusedError(WorkflowError):
    """An answer whose name cannot stand; the sentence does not say why, and whoever reads it must not learn. A 422."""

    def __init__(self) -> None:
        super().__init__("This cannot be taken down here. Somebody will phone the agency about it.")


class NotAConferenceError(WorkflowError):
    """Parents were to be arranged for a meeting the family is never invited to. A 409."""

    def __init__(self) -> None:
        super().__init__("The family is invited to conferences only. This is a meeting of professionals.")


class NoSuchParentError(WorkflowError):
    """No parent of this conference has this reference. A 404."""

    def __init__(self) -> None:
        super().__init__("No parent of this conference has that reference. The conference lists its parents.")


class BadRouteError(WorkflowError):
    """A parent cannot be reached, or come, as was asked; the sentence says why. A 422."""


class BadReaderError(WorkflowError):
    """Somebody of ours cannot be named for a case, or kept out, as was asked; the sentence says why. A 422."""


class NoNameError(WorkflowError):
    """Whoever asks who a meeting is about says who they are, by a first and a last name. A 422."""

    def __init__(self) -> None:
        super().__init__("Give the first and last name of whoever asks, in up to 80 characters.")


class KeyReusedError(WorkflowError):
    """The same idempotency key came with another body. A 422 on the API; by webhook the body is kept for a person."""

    def __init__(self) -> None:
        super().__init__("This key was used before with another request. Use a new key for a new request.")


class AlreadyKnownError(WorkflowError):
    """The same source and reference came with other content under a new key. A 409; by webhook kept for a person."""

    def __init__(self, meeting_reference: str) -> None:
        super().__init__(
            f"This source has already sent this reference with other content; it is meeting {meeting_reference}. "
            "Change that meeting, or send the request under a new reference."
        )
        self.meeting_reference = meeting_reference


class BadTimeError(WorkflowError):
    """The time asked for cannot be used; the sentence says why. A 422."""


class BadVenueError(WorkflowError):
    """Where a meeting is to be held cannot be written so; the sentence says why, and repeats nothing of it. A 422."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why or "This says who somebody is, or where they live. Write the place without that.")


class BadReasonError(WorkflowError):
    """A reason that the policy does not list, or that says nothing; the sentence says what would do. A 422."""


class BadFactsError(WorkflowError):
    """A change of facts that the request cannot take; the sentence says why. A 422."""


class CannotReplanError(WorkflowError):
    """The meeting is over, has begun or was called off, so who was asked to it is history. A 409."""

    def __init__(self) -> None:
        super().__init__("This meeting is over, has begun or was called off. Who was asked to it stays as it was.")


class DifferentNowError(WorkflowError):
    """The difference that was looked at is no longer what would happen. A 409: look again."""

    def __init__(self) -> None:
        super().__init__("What this would change is not what you looked at any more. Look at it again, then decide.")


class DesksFullError(WorkflowError):
    """A desk that must come has no seat left at that time, and nobody has said why it is asked all the same. A 409.

    It blocks nothing: the answer carries the next best times, and the reasons with which the same call goes through.
    """

    def __init__(
        self, full: tuple[FullDesk, ...], next_best: tuple[NextBest, ...] = (), *, immediate: bool = False
    ) -> None:
        super().__init__(full_words(full, next_best, immediate=immediate))
        self.full = full
        self.next_best = next_best
        self.immediate = immediate


class BadAttendanceError(WorkflowError):
    """An attendance that cannot be so; the sentence says what would do. A 422."""


class BadOutcomeError(WorkflowError):
    """What a meeting is said to have come to contradicts itself or names somebody; the sentence says where. A 422."""


class NoSuchActionError(WorkflowError):
    """No action of this number is open at this meeting. A 404."""

    def __init__(self, reference: str, number: int) -> None:
        super().__init__(f"Meeting {reference} has no open action {number}.", instead=Instead.LIST_ACTIONS)


class NoSuchSittingError(WorkflowError):
    """The meeting was not adjourned to a sitting of this number. A 404."""

    def __init__(self, reference: str, sitting: int) -> None:
        super().__init__(f"Meeting {reference} has no sitting {sitting}. Adjourn it first.", instead=Instead.ADJOURN)


class CannotStandDownError(WorkflowError):
    """This meeting cannot be stood down for want of a quorum; the sentence says why and what to do instead. A 409."""


class NoTimeYetError(WorkflowError):
    """The meeting has no time, so it cannot stand in a calendar. A 409."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"Meeting {reference} has no time yet, so it has no calendar file. Give it a time first.")


class NotReadyError(WorkflowError):
    """The service lacks something an administrator must provide (a mailbox, a policy). A 503 with the sentence."""


class ChangedMeanwhileError(WorkflowError):
    """Somebody else changed the meeting between reading and writing. A 409: look again."""

    def __init__(self) -> None:
        super().__init__("Somebody else has just changed this meeting. Look at it again before you change it.")


class CannotSendCodeError(WorkflowError):
    """No one-time code can be sent to this place's inbox now; the sentence says why and what helps. A 409."""


class PolicyDraftRefusedError(WorkflowError):
    """A changed policy pack cannot be kept or published; the sentence says where it is wrong or who must. A 422."""


class LinkBrokenError(WorkflowError):
    """A personal answer link that this service did not sign, or that was altered. Shown as a kind page."""


class LinkExpiredError(WorkflowError):
    """A personal answer link that is past its last day. Shown as a kind page that says who to phone."""


class NoSuchDraftError(WorkflowError):
    """The draft was sent or thrown away, or it is somebody else's. A 404: whose it is must not show."""

    def __init__(self) -> None:
        super().__init__("There is no such draft. It may have been sent already, or thrown away after a week.")
