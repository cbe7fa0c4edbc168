"""The standard counted a second time, slowly: plain loops over the raw rows, quarter hour by quarter hour.

It shares nothing with what it checks but the list of bank holidays and the names of the measures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from service.policies.holidays import official

Rows = dict[str, list[dict[str, Any]]]
Figures = dict[tuple[str, str, str], tuple[int, int]]
LONDON = ZoneInfo("Europe/London")
QUARTER = timedelta(minutes=15)
NO_ANSWER = "no_answer"
NOT_KNOWN = "not_known"


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in official()


def open_at(instant: datetime, hours: str) -> bool:
    if hours == "always":
        return True
    local = instant.astimezone(LONDON)
    return works(local.date()) and time(9) <= local.time() < time(17)


def working_hours(start: datetime, end: datetime, hours: str) -> float:
    total, at = 0.0, start
    while at < end:
        total += 0.25 if open_at(at, hours) else 0
        at += QUARTER
    return total


def working_days(after: date, until: date) -> int:
    days = (until - after).days
    return sum(works(after + timedelta(days=number)) for number in range(1, days + 1))


def notice_kept(handed: datetime, start: datetime, owed: str, hours: str) -> bool:
    unit, amount = owed.split(":")
    if unit == "hours":
        return start - handed >= timedelta(hours=int(amount))
    if unit == "working_hours":
        return handed <= start and working_hours(handed, start, hours) >= int(amount)
    received = handed
    while not open_at(received, hours):
        received += QUARTER
    return working_days(received.astimezone(LONDON).date(), start.astimezone(LONDON).date()) >= int(amount)


def told_at(raw: Rows, meeting: dict[str, Any], place: dict[str, Any]) -> tuple[bool, datetime | None]:
    """Whether the place was invited, and since when it knew of the last start."""
    channel = {inbox["id"]: inbox["channel"] for inbox in raw["inboxes"]}
    own = sorted(
        (row for row in raw["invitations"] if row["requirement_id"] == place["id"]), key=lambda row: row["version"]
    )
    invited, since = False, None
    for row in own:
        if row["starts_at"] != meeting["starts_at"]:
            since = None
            continue
        handed = row["message_handed_at"]
        if handed is not None and channel[row["inbox_id"]] == "outlook":
            handed = None if row["event_handed_at"] is None else max(handed, row["event_handed_at"])
        if handed is not None:
            since = handed if since is None else min(since, handed)
    for row in own:
        complete = row["message_handed_at"] is not None and (
            channel[row["inbox_id"]] != "outlook" or row["event_handed_at"] is not None
        )
        if row["version"] == meeting["version"] and complete:
            invited = True
    for task in raw["tasks"]:
        if task["requirement_id"] == place["id"] and task["kind"] == "phone_invitation" and task["state"] == "done":
            invited = True
            if task["key"].endswith(f":{meeting['version']}"):
                since = task["closed_at"] if since is None else min(since, task["closed_at"])
    return invited, since


def seen_at(raw: Rows, meeting: dict[str, Any], place: dict[str, Any]) -> datetime | None:
    """When the place first answered the meeting's last start, or was phoned about it."""
    asked = {row["version"]: row["starts_at"] for row in raw["invitations"] if row["requirement_id"] == place["id"]}
    since_move = 0
    for version, start in asked.items():
        if start != meeting["starts_at"]:
            since_move = max(since_move, version)
    times = [
        row["answered_at"]
        for row in raw["answers"]
        if row["requirement_id"] == place["id"]
        and row["version"] >= since_move
        and (row["version"] == meeting["version"] or asked.get(row["version"]) == meeting["starts_at"])
    ]
    key = f"phone_invitation:{meeting['id']}:{place['id']}:{meeting['version']}"
    times += [task["closed_at"] for task in raw["tasks"] if task["key"] == key and task["state"] == "done"]
    return min(times, default=None)


def band(hours: float, ends: tuple[int, int, int], names: tuple[str, ...]) -> str:
    for end, name in zip(ends, names, strict=False):
        if hours < end:
            return name
    return names[-1]


class Recount:
    """Counts everything; ``figures`` holds (measure, split, key) with n and of."""

    def __init__(self, raw: Rows, now: datetime) -> None:
        self.raw = raw
        self.n: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self.of: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self.meetings = self.cancelled = 0
        self.children: set[tuple[str, str]] = set()
        self.strategies: defaultdict[str, list[datetime]] = defaultdict(list)
        self.repeatable: defaultdict[str, int] = defaultdict(int)
        self.outcomes: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.conferences: defaultdict[str, list[datetime]] = defaultdict(list)
        self.cases: set[str] = set()
        for meeting in raw["meetings"]:
            start = meeting["starts_at"] or meeting["created_at"]
            if meeting["state"] != "planned" and (start < now or meeting["state"] == "cancelled"):
                self.count(meeting, start)
        self.count_cases()
        self.add_up_parts()

    def count(self, meeting: dict[str, Any], start: datetime) -> None:
        gone = meeting["state"] == "cancelled"
        request = next(row for row in self.raw["requests"] if row["id"] == meeting["request_id"])
        month = start.astimezone(LONDON).strftime("%Y-%m")
        self.share("cancelled", gone, month=month, type=meeting["meeting_type"])
        if gone:
            self.cancelled += 1
            self.part("cancelled_because", meeting["cancelled_because"])
            return
        self.meetings += 1
        self.cases.add(request["case_ref"])
        for child in self.children_of(request):
            self.children.add((request["case_ref"], child["ref"]))
        case = request["case_ref"]
        if meeting["meeting_type"] in {"icpc", "prebirth_icpc"}:
            self.conferences[case].append(start)
        else:
            self.strategies[case].append(start)
            self.repeatable[case] += meeting["meeting_type"] != "strategy_followup"
            own = [row for row in self.raw["meeting_outcomes"] if row["meeting_id"] == meeting["id"]]
            self.outcomes[case] += own
        self.one(meeting, request, month)

    def children_of(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        return [child for child in self.raw["children"] if child["request_id"] == request["id"]]

    def count_cases(self) -> None:
        for case, starts in self.strategies.items():
            if self.repeatable[case]:
                self.share("repeats", self.repeatable[case] > 1)
            began = [row["s47_started_at"] for row in self.outcomes[case] if row["s47_started_at"] is not None]
            if self.outcomes[case]:
                self.share("strategy_to_s47", bool(began))
            if began:
                day = min(began).astimezone(LONDON).date()
                held = [each.astimezone(LONDON).date() for each in self.conferences[case]]
                self.share("s47_to_icpc", any(each >= day for each in held))
            self.share("strategy_to_icpc", any(each >= min(starts) for each in self.conferences[case]))

    def add_up_parts(self) -> None:
        whole: defaultdict[str, int] = defaultdict(int)
        for (measure, split, _), n in self.n.items():
            if split == "part":
                whole[measure] += n
        for (measure, split, key), n in list(self.n.items()):
            if split == "part":
                self.of[measure, split, key] = whole[measure]
                self.n[measure, "all", "all"] += n
                self.of[measure, "all", "all"] += n

    @property
    def figures(self) -> Figures:
        return {key: (self.n[key], of) for key, of in self.of.items()}

    def share(self, measure: str, yes: bool, **keys: str) -> None:
        for split, key in {"all": "all", **keys}.items():
            self.n[measure, split, key] += yes
            self.of[measure, split, key] += 1

    def part(self, measure: str, key: str) -> None:
        self.n[measure, "part", key] += 1

    def put_off(self, meeting: dict[str, Any], by: dict[str, str]) -> None:
        days = [row for row in self.raw["not_held"] if row["meeting_id"] == meeting["id"]]
        self.share("not_held_that_day", bool(days), **by)
        if days:
            self.part("not_held_because", max(days, key=lambda row: row["recorded_at"])["because"])

    def one(self, meeting: dict[str, Any], request: dict[str, Any], month: str) -> None:
        start, by = meeting["starts_at"], {"month": month, "type": meeting["meeting_type"]}
        places = [*self.places(meeting), *self.later_places(meeting)]
        recorded = any(place["outcome"] is not None for place in places)
        alone = False
        deciding = max([place["sitting"] for place in places], default=1)
        here = [place for place in places if place["sitting"] == deciding]
        came = {place["role"] for place in here if place["outcome"] in {"attended", "represented"}}
        if meeting["meeting_type"] == "strategy" and recorded:
            health = bool(came & {"gp", "health_visitor"})
            alone = not ("police_child_protection" in came and health and "lcpp" in came)
            self.share("quorum", not alone, **by)
        self.put_off(meeting, by)
        if alone or meeting["inquorate_reason"]:
            self.part("without_quorum_because", "in_own_words" if meeting["inquorate_reason"] else "no_reason_given")
        self.part("meetings_by_type", meeting["meeting_type"])
        for _ in self.children_of(request):
            self.part("children_by_type", meeting["meeting_type"])
        if meeting["deadline_at"] is not None:
            self.share("in_time", start <= meeting["deadline_at"], **by)
        for medical in self.raw["medicals"]:
            if medical["meeting_id"] == meeting["id"]:
                self.medical(medical, month)
        if meeting["meeting_type"] == "icpc":
            self.conference(meeting, request, month)
        for place in places:
            self.one_place(meeting, place, month, recorded)
        short = any(place["kept"] is False and place["level"] != "optional" for place in places)
        reason = meeting["short_notice_reason"]
        if short or reason:
            told = "no_reason_given" if not reason else reason if " " not in reason else "in_own_words"
            self.part("short_notice_because", told)

    def medical(self, medical: dict[str, Any], month: str) -> None:
        needed = medical["state"] != "not_needed"
        self.part("medical_decided", "needed" if needed else "not_needed")
        if not needed:
            self.part("medical_not_needed_because", medical["reason_code"])
            return
        self.share("medical_arranged", medical["starts_at"] is not None, month=month)
        came = {
            row["who"]: row["came"]
            for row in self.raw["medical_attendances"]
            if row["medical_id"] == medical["id"] and medical["starts_at"] is not None
        }
        for who, measure in (("child", "medical_attended"), ("social_worker", "medical_social_worker")):
            if who in came:
                self.share(measure, came[who], month=month)

    def conference(self, meeting: dict[str, Any], request: dict[str, Any], month: str) -> None:
        if meeting["deadline_at"] is not None:
            self.share("icpc_policy", meeting["starts_at"] <= meeting["deadline_at"], month=month)
        began = self.enquiry_began(meeting, request)
        if began is None:
            return
        held = meeting["starts_at"].astimezone(LONDON).date()
        if held < began:
            return
        days = working_days(began, held)
        self.share("icpc_15", days <= 15, month=month)
        names = ("days_0_to_10", "days_11_to_15", "days_16_to_20", "days_21_or_more")
        self.part("icpc_bands", band(days, (11, 16, 21), names))
        for _ in self.children_of(request):
            self.share("icpc_15_children", days <= 15, month=month)
            self.part("icpc_bands_children", band(days, (11, 16, 21), names))

    def enquiry_began(self, meeting: dict[str, Any], request: dict[str, Any]) -> date | None:
        """The last actual start recorded in the case up to the conference, else the discussion the request named."""
        case = {row["id"] for row in self.raw["requests"] if row["case_ref"] == request["case_ref"]}
        # A period's meetings are counted; the enquiry may have begun at one before it.
        every = self.raw.get("every_meeting", self.raw["meetings"])
        meetings = {row["id"] for row in every if row["request_id"] in case}
        starts = [
            row["s47_started_at"]
            for row in self.raw["meeting_outcomes"]
            if row["meeting_id"] in meetings
            and row["s47_started_at"] is not None
            and row["s47_started_at"] <= meeting["starts_at"]
        ]
        if starts:
            last: datetime = max(starts)
            return last.astimezone(LONDON).date()
        named = request["facts"].get("initiating_sd_at")
        return None if named is None else datetime.fromisoformat(named).astimezone(LONDON).date()

    def places(self, meeting: dict[str, Any]) -> Iterator[dict[str, Any]]:
        first = {row["requirement_id"]: row for row in self.raw["attendances"] if row["sitting"] == 1}
        first = {place: row for place, row in first.items() if row["state"] != "proposed"}
        hours_of = {inbox["id"]: inbox["hours"] for inbox in self.raw["inboxes"]}
        for place in self.raw["requirements"]:
            row = first.get(place["id"], {})
            outcome = row.get("outcome")
            not_asked = place["state"] in {"withdrawn", "joined"}
            if place["meeting_id"] != meeting["id"] or (not_asked and outcome is None):
                continue
            invited, since = told_at(self.raw, meeting, place)
            known = invited and since is not None
            hours = hours_of.get(place["inbox_id"], "office")
            owed = place["notice_standard"]
            kept = notice_kept(since, meeting["starts_at"], owed, hours) if known and owed and since else None
            notice = (since, hours) if known else None
            seen, seen_kept = seen_at(self.raw, meeting, place), None
            if invited and since is not None and seen is not None:
                seen = max(seen, since)
                seen_kept = notice_kept(seen, meeting["starts_at"], owed, hours) if owed else None
            yield {
                **place,
                "outcome": outcome,
                "invited": invited,
                "notice": notice,
                "kept": kept,
                "seen": (seen, hours) if known and seen is not None else None,
                "seen_kept": seen_kept,
                "sitting": 1,
                "brought": row.get("contribution"),
                "sure": row.get("state") == "confirmed",
            }

    def later_places(self, meeting: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for row in self.raw["attendances"]:
            if row["meeting_id"] == meeting["id"] and row["sitting"] > 1 and row["state"] != "proposed":
                place = next(each for each in self.raw["requirements"] if each["id"] == row["requirement_id"])
                known = {"outcome": row["outcome"], "invited": False, "notice": None, "kept": None}
                known |= {"seen": None, "seen_kept": None}
                here = {"sitting": row["sitting"], "brought": row["contribution"], "sure": row["state"] == "confirmed"}
                yield {**place, **known, **here}

    def one_place(self, meeting: dict[str, Any], place: dict[str, Any], month: str, recorded: bool) -> None:
        by = {"agency": place["role"], "month": month}
        came = place["outcome"] in {"attended", "represented"}
        settled = place["outcome"] is not None or (not place["invited"] and recorded)
        if place["level"] != "optional":
            if settled:
                self.share("attendance", came, **by)
                self.taking_part(place, came, by)
            if place["outcome"] is not None:
                self.share("attendance_confirmed", place["sure"], month=month)
            if settled and place["notice"] is not None and place["state"] != "joined":
                since, hours = place["notice"]
                elapsed = max((meeting["starts_at"] - since).total_seconds() / 3600, 0)
                working = working_hours(since, meeting["starts_at"], hours)
                self.share(
                    "attendance_by_notice",
                    came,
                    working_notice=band(working, (4, 8, 16), WORKING),
                    elapsed_notice=band(elapsed, (4, 24, 48), ELAPSED),
                )
            if place["kept"] is not None and place["state"] != "joined":
                self.share("notice_kept", place["kept"], **by)
            if place["seen_kept"] is not None:
                self.share("notice_kept_seen", place["seen_kept"], **by)
            self.notices(meeting, place)
            kind = meeting["meeting_type"]
            if kind in {"icpc", "prebirth_icpc"} and place["invited"] and place["state"] != "joined":
                self.share("reports_in_time", self.report_in_time(meeting, place), type=kind, **by)
        if place["outcome"] is not None:
            joined = "joined" if place["state"] == "joined" else "invited" if place["invited"] else "never_invited"
            self.part("how_asked", "further_sitting" if place["sitting"] > 1 else joined)
        if place["sitting"] > 1:
            return
        self.correspondence(meeting, place, by)

    def report_in_time(self, meeting: dict[str, Any], place: dict[str, Any]) -> bool:
        """By the end of the second working day before the conference, as Lewisham has it."""
        day, left = meeting["starts_at"].astimezone(LONDON).date(), 2
        while left:
            day -= timedelta(days=1)
            left -= works(day)
        own = [row for row in self.raw["reports_received"] if row["requirement_id"] == place["id"]]
        return any(row["received_at"].astimezone(LONDON).date() <= day for row in own)

    def correspondence(self, meeting: dict[str, Any], place: dict[str, Any], by: dict[str, str]) -> None:
        answers = [
            row
            for row in self.raw["answers"]
            if row["requirement_id"] == place["id"] and row["version"] == meeting["version"]
        ]
        chases = [row for row in self.raw["chases"] if row["requirement_id"] == place["id"]]
        if place["invited"]:
            self.share("answered", bool(answers), **by)
            self.share("chased", any(row["state"] in {"sent", "handed"} for row in chases), **by)
            last = max(answers, key=lambda row: row["answered_at"])["answer"] if answers else NO_ANSWER
            self.part("answers", last)
        for row in chases:
            if row["state"] != "due":
                self.part("chases", row["not_sent_because"] if row["state"] == "not_sent" else "sent")

    def notices(self, meeting: dict[str, Any], place: dict[str, Any]) -> None:
        for measure, had in (("notice_told", place["notice"]), ("notice_seen", place["seen"])):
            told = NOT_KNOWN
            if had is not None:
                told = band(working_hours(had[0], meeting["starts_at"], had[1]), (4, 8, 16), WORKING)
            if place["invited"]:
                self.part(measure, told)

    def taking_part(self, place: dict[str, Any], came: bool, by: dict[str, str]) -> None:
        wrote = place["outcome"] == "report_only"
        brought = place["brought"] or ("sent_information" if wrote else None)
        sent = brought in {"spoke_from_records", "sent_information"}
        self.share("participation_came_or_wrote", came or wrote or sent, **by)
        if brought is not None or not came:
            self.share("participation_contributed", sent, **by)
            self.share("participation_came_and_spoke", came and brought == "spoke_from_records", **by)


WORKING = ("working_under_4", "working_4_to_8", "working_1_to_2_days", "working_over_2_days")
ELAPSED = ("elapsed_under_4", "elapsed_4_to_24", "elapsed_1_to_2_days", "elapsed_over_2_days")
