"""What can happen, as the audit names it. The text never changes once written; the data are fields of the event.

Grammar: ``source:subject:action``. The source is the part of the service the change belongs to, the subject the record
it is about, the action a past participle. Three words of lower-case letters and underscores, two colons.
"""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """Every kind of audit event. ``docs/records.md`` says which data each carries."""

    REQUEST_RECEIVED = "intake:request:received"
    REQUEST_REPLAYED = "intake:request:replayed"
    REQUEST_REFUSED = "intake:request:refused"
    REQUEST_AMENDED = "intake:request:amended"
    ITEM_HELD = "intake:held_item:kept"
    ITEM_CLOSED = "intake:held_item:closed"

    MEETING_PLANNED = "planning:meeting:planned"
    MEETING_CONFIRMED = "planning:meeting:confirmed"
    MEETING_MOVED = "planning:meeting:moved"
    FOLLOW_UP_PLANNED = "planning:follow_up:planned"
    MEETING_REPLANNED = "planning:meeting:replanned"
    SHORT_NOTICE_EXPLAINED = "planning:short_notice:explained"
    MEETING_STOOD_DOWN = "planning:meeting:stood_down"
    MEETING_CANCELLED = "planning:meeting:cancelled"
    MEETING_ADJOURNED = "planning:meeting:adjourned"
    MEETING_NOT_HELD = "planning:day:put_off"
    MEETING_HELD = "planning:meeting:held"
    NIGHT_HANDED_OVER = "planning:night:handed_over"
    DESK_OVERBOOKED = "planning:desk:overbooked"
    SLOT_HELD = "planning:slot:held"
    SLOT_RELEASED = "planning:slot:released"
    REQUIREMENT_ADDED = "planning:requirement:added"
    REQUIREMENT_CHANGED = "planning:requirement:changed"
    REQUIREMENT_BOUND = "planning:requirement:bound"
    REQUIREMENT_WITHDRAWN = "planning:requirement:withdrawn"
    PERSON_NAMED = "planning:safe_route:named"

    EVENT_CREATED = "outlook:event:created"
    EVENT_CHANGED = "outlook:event:changed"
    EVENT_CANCELLED = "outlook:event:cancelled"
    INVITATION_WANTED = "outlook:invitation:wanted"
    INVITATION_SENT = "outlook:invitation:sent"
    INVITATION_FAILED = "outlook:invitation:failed"
    INVITATION_MOVED = "outlook:invitation:moved"
    INVITATION_WITHDRAWN = "outlook:invitation:withdrawn"
    MESSAGE_SENT = "outlook:message:sent"
    MESSAGE_NOT_SENT = "outlook:message:not_sent"
    OUTBOX_EXHAUSTED = "outlook:outbox_row:exhausted"
    OUTBOX_RETRIED = "outlook:outbox_row:retried"
    MAILBOX_ADDED = "outlook:mailbox:added"
    MAILBOX_STOPPED = "outlook:mailbox:stopped"
    MAILBOX_RESUMED = "outlook:mailbox:resumed"

    ANSWER_RECORDED = "replies:answer:recorded"
    ANSWER_UNMATCHED = "replies:answer:unmatched"
    ANSWER_OUTDATED = "replies:answer:outdated"
    ANSWER_REFUSED = "replies:answer:refused"

    CALL_MADE = "calling:call:made"
    CALLS_OPENED = "identity:calls:opened"

    CHASE_PLANNED = "chasing:chase:planned"
    CHASE_SENT = "chasing:chase:sent"
    CHASE_NOT_SENT = "chasing:chase:not_sent"

    ATTENDANCE_PROPOSED = "attendance:row:proposed"
    ATTENDANCE_RECORDED = "attendance:row:recorded"
    ATTENDANCE_CORRECTED = "attendance:row:corrected"
    ATTENDANCE_CONFIRMED = "attendance:row:confirmed"

    REPORT_RECEIVED = "attendance:report:received"
    OUTCOME_RECORDED = "outcome:meeting:recorded"
    POLICE_REFERENCE_RECORDED = "outcome:police_reference:recorded"
    ACTION_AGREED = "outcome:action:agreed"
    ACTION_CLOSED = "outcome:action:closed"

    QUORUM_WAIVED = "attendance:quorum:waived"

    DECISION_AGREED = "decisions:decision:agreed"
    MINUTES_AGREED = "decisions:minutes:agreed"
    MINUTES_ISSUED = "decisions:minutes:issued"
    MEDICAL_DECIDED = "medical:decision:recorded"
    MEDICAL_BOOKED = "medical:appointment:booked"
    MEDICAL_ATTENDED = "medical:attendance:recorded"

    FAMILY_ARRANGED = "family:parent:arranged"
    FAMILY_STOPPED = "family:parent:stopped"
    FAMILY_SHARING_CHOSEN = "family:sharing:chosen"
    PARENT_TOLD = "family:message:sent"

    DISAGREEMENT_RAISED = "decisions:disagreement:raised"
    DISAGREEMENT_ESCALATED = "decisions:disagreement:escalated"
    DISAGREEMENT_SETTLED = "decisions:disagreement:settled"

    TASK_OPENED = "tasks:task:opened"
    TASK_CLOSED = "tasks:task:closed"
    TASK_DROPPED = "tasks:task:dropped"

    PARTNERSHIP_ADDED = "directory:partnership:added"
    PARTNERSHIP_CHANGED = "directory:partnership:changed"
    DESK_DESCRIBED = "directory:desk:described"
    CALENDARS_LISTED = "directory:calendars:listed"
    INBOX_ADDED = "directory:inbox:added"
    INBOX_CHANGED = "directory:inbox:changed"
    INBOX_RETIRED = "directory:inbox:retired"
    POLICY_PUBLISHED = "policy:version:published"

    CASE_RESTRICTED = "identity:case:restricted"
    CASE_OPENED_UP = "identity:case:opened_up"
    READER_KEPT_OUT = "identity:reader:kept_out"
    READER_LET_IN = "identity:reader:let_in"
    GLASS_BROKEN = "identity:glass:broken"
    LOCATION_RECORDED = "identity:location:recorded"
    CODE_ASKED = "identity:code:asked"
    CODE_USED = "identity:code:used"
    CODE_REFUSED = "identity:code:refused"
    DESK_SESSION_BEGUN = "identity:desk_session:begun"
    DESK_SESSION_ENDED = "identity:desk_session:ended"
    IDENTITY_OPENED = "identity:request:opened"
    OPENING_REFUSED = "identity:request:refused"
    NAMES_COMPARED = "identity:request:compared"
    IDENTITY_ERASED = "identity:request:erased"
    ROUTE_OPENED = "identity:route:opened"
    HELD_BODY_OPENED = "identity:held_item:opened"
    DECISION_OPENED = "identity:decision:opened"
    PROTECTION_OPENED = "identity:protection:opened"
    DISAGREEMENT_OPENED = "identity:disagreement:opened"
    POLICE_REFERENCE_OPENED = "identity:police_reference:opened"
    MINUTES_OPENED = "identity:minutes:opened"

    DIP_SAMPLE_KEPT = "evidence:dip_sample:kept"
    DIP_VERDICT_RECORDED = "evidence:dip_verdict:recorded"
    BUNDLE_EXPORTED = "evidence:bundle:exported"

    STAFF_SIGNED_IN = "staff:person:signed_in"
    STAFF_TURNED_AWAY = "staff:person:turned_away"
    STAFF_SIGNED_OUT = "staff:person:signed_out"
    STAFF_STOPPED = "staff:person:stopped"
    STAFF_ADMITTED = "staff:person:admitted"
