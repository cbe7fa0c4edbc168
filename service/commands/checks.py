"""What ``convene check`` looks at, line by line. Nothing here changes anything, and no line repeats a secret."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.clock import real_now
from service.commands.compose import clock_of, engine_of, keyring_of
from service.commands.failures import database_mend
from service.domain.london import length_words, local_date
from service.outlook.adapter import Graph, GraphSettings, open_graph
from service.outlook.errors import Gone, GraphError, NotReached, PermanentConfiguration, Throttled
from service.outlook.online import faults_of, read_online
from service.policies.holidays import last_official_year
from service.policies.load import load_pack, overdue
from service.policies.refusal import PolicyRefused
from service.redis_address import client_of
from service.scheduler.jobs import PERIODIC
from service.scheduler.queue import HEALTH
from service.settings import Settings, SettingsRefusedError, load
from service.store.migrate import current, head
from service.store.queries.drift import join_links
from service.store.queries.health import Heartbeat, every_heartbeat
from service.store.queries.mailboxes import mailboxes_of
from service.store.queries.partnerships import partnership_by_id
from service.store.queries.policies import policy_by_hash
from service.store.queries.policy_drafts import PolicyDraft, published_by_hand
from service.web.stale import STALE_AFTER
from service.workflow.policy_drafts import older_packs

_Links = dict[str, list[tuple[str, str]]]
_REDIS_SECONDS = 5.0
_GRAPH_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing looked at: what was found and, where it fails, how to mend it."""

    name: str
    ok: bool
    words: str
    mend: str = ""


def _pass(name: str, words: str) -> CheckLine:
    return CheckLine(name, ok=True, words=words)


def _fail(name: str, words: str, mend: str) -> CheckLine:
    return CheckLine(name, ok=False, words=words, mend=mend)


def run_checks() -> list[CheckLine]:
    """Every check. With settings that cannot be read nothing else can be looked at."""
    try:
        settings = load()
    except SettingsRefusedError as refused:
        mend = "Set it as docs/settings.md says; nothing else was checked."
        return [_fail("settings", sentence, mend) for sentence in refused.sentences]
    lines = [_settings(settings), _keys(settings), *_packs(settings), _holidays(settings)]
    return lines + asyncio.run(_outside(settings))


def _settings(settings: Settings) -> CheckLine:
    names = ", ".join(sorted(settings.partnerships))
    where = "the sandbox" if settings.graph_is_sandbox else "Microsoft Graph"
    return _pass("settings", f"partnerships: {names}; calendar: {where}")


def _keys(settings: Settings) -> CheckLine:
    try:
        keyring_of(settings)
    except SettingsRefusedError as refused:
        mend = 'Make a key with: python -c "import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)))"'
        return _fail("sealing keys", " ".join(refused.sentences), mend)
    return _pass("sealing keys", f"{len(settings.sealing_keys)}, sealing with {settings.sealing_key_current}")


def _packs(settings: Settings) -> Iterator[CheckLine]:
    today = local_date(real_now())
    for name, partnership in sorted(settings.partnerships.items()):
        line = f"policy of {name}"
        try:
            policy = load_pack(partnership.pack)
        except PolicyRefused as refused:
            yield _fail(line, str(refused), "Mend the pack, then: convene policy validate")
            continue
        late = len(overdue(policy, today))
        review = f"; {late} figures are past their review: convene policy validate" if late else ""
        yield _pass(line, f"{policy.id} {policy.version}, {len(policy.rules)} rules{review}")


def _holidays(settings: Settings) -> CheckLine:
    last, year = last_official_year(), local_date(clock_of(settings).now()).year
    if last < year:
        words = f"the official list ends with {last}; this year is computed"
        return _fail("bank holidays", words, "Install a newer govuk-bank-holidays.")
    return _pass("bank holidays", f"official to the end of {last}")


async def _outside(settings: Settings) -> list[CheckLine]:
    lines, links = await asyncio.to_thread(_tables, settings), _Links()
    if all(line.ok for line in lines):
        lines += [line async for line in _records(settings)]
        links = await _links(settings)
    lines += [line async for line in _redis(settings)]
    lines += [line async for line in _graph(settings, links)]
    return lines


def _tables(settings: Settings) -> list[CheckLine]:
    try:
        at, newest = current(settings.database_url.get_secret_value()), head()
    except ValueError as error:
        return [_fail("database", str(error), "Write CONVENE_DATABASE_URL as postgresql+asyncpg://user@host/name.")]
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, the database cannot be used
        return [_fail("database", f"cannot be reached ({type(error).__name__})", database_mend(error))]
    reached = _pass("database", "reached")
    if at != newest:
        return [reached, _fail("tables", f"at {at or 'nothing'}, wanted {newest}", "Run: convene migrate")]
    return [reached, _pass("tables", f"at {newest}")]


async def _records(settings: Settings) -> AsyncIterator[CheckLine]:
    engine = engine_of(settings)
    try:
        async with engine.connect() as conn:
            for name, wanted in sorted(settings.partnerships.items()):
                known = {mailbox.address: mailbox for mailbox in await mailboxes_of(conn, name)}
                stopped = [each.address for each in known.values() if each.state == "stopped"]
                published = await policy_by_hash(conn, name, load_pack(wanted.pack).content_hash)
                there = await partnership_by_id(conn, name) is not None and published is not None
                if not there or not set(wanted.organiser_mailboxes) <= set(known):
                    yield _fail(f"records of {name}", "not all in the database", "Run: convene migrate")
                elif stopped:
                    mend = "Mend its rights (see below), then let it work again; docs/operator.md says how."
                    yield _fail(f"records of {name}", f"a mailbox is stopped: {', '.join(stopped)}", mend)
                else:
                    yield _pass(f"records of {name}", "partnership, mailboxes and policy are in the database")
                by_hand = await published_by_hand(conn, name, clock_of(settings).now())
                if by_hand is not None:
                    yield by_hand_line(name, by_hand)
                for each in known.values():
                    if each.reports_refused_at is not None:
                        yield reports_line(each.address, each.reports_refused_at)
            for line in job_lines(await every_heartbeat(conn), real_now()):
                yield line
    except (SQLAlchemyError, OSError, PolicyRefused) as error:
        yield _fail("records", f"cannot be read ({type(error).__name__})", database_mend(error))
    finally:
        await engine.dispose()


def reports_line(address: str, since: datetime) -> CheckLine:
    """Who was in a mailbox's online meetings may not be read. That is no fault: officers record who came without it."""
    words = f"may not be read since {since:%Y-%m-%d %H:%M} UTC, so Teams proposes nothing and who came is typed in"
    rights = "OnlineMeetings.Read.All, OnlineMeetingArtifact.Read.All and a Teams application access policy"
    return _pass(f"attendance reports of {address}", f"{words}; for proposals grant {rights}")


def job_lines(beats: Sequence[Heartbeat], now: datetime) -> list[CheckLine]:
    """A line for each periodic job: when it last ended well, by real time. Before any worker ran there is one line."""
    if not beats:
        return [_pass("periodic jobs", "none has run yet: start a worker with convene worker")]
    known = {beat.job: beat for beat in beats}
    lines: list[CheckLine] = []
    for job in sorted(PERIODIC):
        beat, name = known.get(job), f"job {job}"
        mend = "Start a worker, or look into its log for this job's name."
        if beat is None or beat.last_success_at is None:
            error = beat.last_error if beat else None
            lines.append(_fail(name, f"has never ended well{f' ({error})' if error else ''}", mend))
        elif now - beat.last_success_at > STALE_AFTER:
            quiet = length_words(now - beat.last_success_at)
            lines.append(_fail(name, f"ended well {quiet} ago ({beat.last_error or 'nothing since'})", mend))
        else:
            lines.append(_pass(name, f"ended well at {beat.last_success_at:%H:%M:%S} UTC"))
    return lines


async def _redis(settings: Settings) -> AsyncIterator[CheckLine]:
    try:
        client = client_of(
            settings.redis_url.get_secret_value(), socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
        )
    except ValueError:
        mend = "Write CONVENE_REDIS_URL as redis://host:6379/0, or as docs/operator.md has it for Sentinels."
        yield _fail("Redis", "its address cannot be read", mend)
        return
    try:
        memory, persistence = await client.info("memory"), await client.info("persistence")
        workers = sorted([key.decode() async for key in client.scan_iter(f"{HEALTH}*", count=1000)])
    except (RedisError, OSError, TimeoutError) as error:
        password = isinstance(error, AuthenticationError)
        mend = "Check its password." if password else "Check CONVENE_REDIS_URL, and that Redis or Valkey runs there."
        yield _fail("Redis", f"cannot be used ({type(error).__name__})", mend)
        return
    finally:
        await client.aclose()
    yield _pass("Redis", "reached")
    hosts = ", ".join(key.removeprefix(HEALTH).rpartition(":")[0] for key in workers)
    yield _pass("workers", f"{len(workers)} at the queue: {hosts}" if workers else "none at the queue just now")
    policy = str(memory.get("maxmemory_policy", "unknown"))
    if policy == "noeviction":
        yield _pass("Redis memory", "noeviction")
    else:
        # Evicting a gate's lease would let a fifth call through to a mailbox.
        yield _fail("Redis memory", f"maxmemory-policy is {policy}", "Set maxmemory-policy to noeviction.")
    if str(persistence.get("aof_enabled", "0")) == "1":
        yield _pass("Redis on disk", "append-only file")
    else:
        yield _fail("Redis on disk", "no append-only file", "Set appendonly to yes, so that a restart keeps the gate.")


async def _graph(settings: Settings, links: _Links) -> AsyncIterator[CheckLine]:
    """Whether each mailbox can be used, and how the online meetings that come next (``links``) are set."""
    try:
        wanted = GraphSettings(
            base_url=settings.graph_url,
            authority=settings.graph_authority,
            tenant_id=settings.graph_tenant_id,
            client_id=settings.graph_client_id,
            client_secret=settings.graph_client_secret.get_secret_value(),
            timeout=min(settings.graph_timeout, _GRAPH_SECONDS),
        )
        async with open_graph(wanted) as graph:
            async for line in _mailboxes(graph, settings):
                yield line
            for name, each in links.items():
                yield await _lobby_line(graph, f"online meetings of {name}", each)
    except ValueError as error:
        mend = "Check CONVENE_GRAPH_URL, CONVENE_GRAPH_AUTHORITY, CONVENE_GRAPH_TENANT_ID and CONVENE_GRAPH_CLIENT_ID."
        yield _fail("Graph", str(error), mend)


async def _mailboxes(graph: Graph, settings: Settings) -> AsyncIterator[CheckLine]:
    addresses = dict.fromkeys(
        address for partnership in settings.partnerships.values() for address in partnership.organiser_mailboxes
    )
    token_said = False
    for address in addresses:
        problem = await _read_problem(graph, address)
        if problem is not None and (problem.code == "CredentialRefused" or isinstance(problem, NotReached)):
            # Without a token, or without Graph, every other mailbox would only say the same again.
            yield _fail("Graph", _words(problem), _mend(problem))
            return
        if not token_said:
            yield _pass("Graph", "reached, token given")
            token_said = True
        if problem is None:
            yield _pass(f"mailbox {address}", "its calendar can be read")
            yield await _mail_line(graph, address, wanted=settings.graph_read_mail)
        else:
            yield _fail(f"mailbox {address}", _words(problem), _mend(problem))


async def _links(settings: Settings) -> _Links:
    """The join links of each partnership's online meetings that come next; none where the records cannot be read,
    which is said where they are looked at."""
    engine, now = engine_of(settings), clock_of(settings).now()
    try:
        async with engine.connect() as conn:
            return {name: await join_links(conn, name, now) for name in sorted(settings.partnerships)}
    except (SQLAlchemyError, OSError):
        return {}
    finally:
        await engine.dispose()


async def _lobby_line(graph: Graph, name: str, links: Sequence[tuple[str, str]]) -> CheckLine:
    if not links:
        return _pass(name, "none is to come, so there is nothing to look at")
    found: set[str] = set()
    for mailbox, link in links:
        try:
            found.update(faults_of(await read_online(graph, mailbox, link)))
        except Gone:
            found.add("its online meeting cannot be found")
        except GraphError as error:
            mend = "Grant OnlineMeetings.Read.All and a Teams application access policy for the organiser mailbox."
            return _fail(name, f"cannot be looked at ({_words(error)})", mend)
    if found:
        mend = "Set a Teams meeting template or policy for the organiser mailbox: lobby for all, no recording."
        return _fail(name, f"of the next {len(links)}: {'; '.join(sorted(found))}", mend)
    return _pass(
        name, f"the next {len(links)}: everyone waits in the lobby; no recording, no transcript to make notes of"
    )


async def _mail_line(graph: Graph, address: str, *, wanted: bool) -> CheckLine:
    name = f"mail of {address}"
    if not wanted:
        words = "is not read: answers by calendar mail, ordinary mail and mail that comes back are left to people"
        return _pass(name, f"{words} (CONVENE_GRAPH_READ_MAIL is false)")
    try:
        folder = "/users/{mailbox}/mailFolders/inbox/messages/delta"
        await graph.call("GET", folder, {"mailbox": address}, query={"$select": "id"})
    except GraphError as error:
        mend = "Grant Mail.ReadWrite for it (docs/operator.md), or set CONVENE_GRAPH_READ_MAIL to false."
        return _fail(name, _words(error), mend)
    return _pass(name, "can be read")


async def _read_problem(graph: Graph, address: str) -> GraphError | None:
    try:
        await graph.call("GET", "/users/{mailbox}/events", {"mailbox": address}, query={"$top": "1", "$select": "id"})
    except GraphError as error:
        return error
    return None


def _words(problem: GraphError) -> str:
    status = f", status {problem.status}" if problem.status else ""
    return f"{type(problem).__name__}: {problem.code or 'no code'}{status}"


def _mend(problem: GraphError) -> str:
    if problem.code == "CredentialRefused":
        return (
            "Check CONVENE_GRAPH_TENANT_ID, CONVENE_GRAPH_CLIENT_ID and CONVENE_GRAPH_CLIENT_SECRET (has it expired?)."
        )
    if isinstance(problem, NotReached):
        return "Check CONVENE_GRAPH_URL and CONVENE_GRAPH_AUTHORITY, and that this machine can reach them."
    if isinstance(problem, Throttled):
        return "Graph is busy with this mailbox: look again in a minute."
    if isinstance(problem, PermanentConfiguration | Gone):
        return (
            "Check that the address is a mailbox of the tenant, and that an administrator has let the application use "
            "it: Calendars.ReadWrite and Mail.Send."
        )
    return "Look again in a minute; if it goes on, give Microsoft the code above."


def by_hand_line(partnership: str, draft: PolicyDraft) -> CheckLine:
    """The policy that people put in force themselves. Older packs beneath it are a warning: they hold as published."""
    older = older_packs(draft)
    told = f"published by hand: {draft.pack} {draft.version}"
    return _pass(f"policy in force, {partnership}", f"{told}. Warning: {older}" if older else told)
