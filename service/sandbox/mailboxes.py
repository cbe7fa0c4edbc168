"""The organiser mailboxes this tenant hosts."""

from service.sandbox.attendance import Report
from service.sandbox.events import Calendar
from service.sandbox.ids import object_id
from service.sandbox.limits import Meter
from service.sandbox.mail import MailStore


class Mailbox:
    """One organiser mailbox: its calendar, its messages, its limits, and whether the application may touch it."""

    def __init__(self, address: str, meter: Meter) -> None:
        self.address = address
        self.name = address.partition("@")[0].replace(".", " ").replace("-", " ").title()
        self.object_id = object_id(address)
        self.meter = meter
        self.calendar = Calendar()
        self.messages = MailStore()
        self.sync_generation = 0
        self.denied = False
        # How its online meetings are set, and whether the application may read that.
        self.teams: dict[str, object] = {
            "lobbyBypassSettings": {"scope": "organizer", "isDialInBypassEnabled": False},
            "recordAutomatically": False,
            "allowRecording": False,
            "allowTranscription": False,
        }
        self.teams_allowed = True
        # Who came to its online meetings, and whether the application may read that, a right of its own.
        self.reports: list[Report] = []
        self.reports_allowed = True
