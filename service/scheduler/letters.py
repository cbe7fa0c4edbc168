"""Writes what leaves the house: the exact bytes of an event, a change, a cancellation or a message to one agency.

The words are ``domain.messages``; the bytes are ``outlook.render``. Nothing here knows who the child is.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.domain import messages
from service.domain.chasing import ChaseTo
from service.domain.hours import parse
from service.domain.notice import kept
from service.domain.spans import span_from_code
from service.outlook import render
from service.scheduler.decide import Act, chase_address
from service.store.changes.outbox import Claimed
from service.store.queries.sending import AgencyNow, Guest, MeetingNow
from service.workflow.links import answer_link
from service.workflow.ports import Services
