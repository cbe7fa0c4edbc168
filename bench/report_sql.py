"""The statements of the report bench: a year of meetings drawn with a fixed pattern, and the plain report over them.

The meetings are written day by day, as a council's own come about, so those of a day lie together in the tables.
Foreign keys are not checked row by row while filling: every row is drawn to fit.
"""

from __future__ import annotations

_FILL = """
SET LOCAL session_replication_role = replica;

CREATE TEMP TABLE drawn ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS request, gen_random_uuid() AS meeting, date_trunc('day',
    now()) - (CAST(:meetings AS bigint) - n) * 365 / CAST(:meetings AS bigint) * interval '1 day'
    + (9 + n % 8) * interval '1 hour' AS at, n % 20 = 0 AS gone
FROM generate_series(1, :meetings) AS n;

INSERT INTO requests (id, partnership_id, source, source_ref, case_ref, meeting_type, urgency,
    concern_recorded_at, received_at, facts, fingerprint, key_id)
SELECT request, :partnership, 'bench', 'R-' || n, 'CASE-' || n / 3, 'strategy', 'standard', at, at,
    jsonb_build_object('initiating_sd_at', at - interval '9 days', 'case', jsonb_build_object('circumstances',
    jsonb_build_array('neglect'))), decode(md5(n::text), 'hex'), 'k1'
FROM drawn;

INSERT INTO children (id, partnership_id, request_id, ref, age_band, on_school_roll, flags)
SELECT gen_random_uuid(), :partnership, request, 'C-1', (ARRAY['0-4', '5-17', 'unborn'])[1 + n % 3], true, '{}'
FROM drawn;

INSERT INTO meetings (id, partnership_id, request_id, reference, meeting_type, policy_hash, state, version,
    starts_at, ends_at, deadline_at, cancelled_because, created_at)
SELECT meeting, :partnership, request, 'CV-' || n, CASE WHEN n % 4 = 0 THEN 'icpc' ELSE 'strategy' END,
    (SELECT hash
FROM policy_versions LIMIT 1), CASE WHEN gone THEN 'cancelled' ELSE 'held' END, 1, at, at + interval '1 hour',
    at + (n % 3 - 1) * interval '1 hour', CASE WHEN gone THEN 'facts_now_clear' END, at - interval '5 days'
FROM drawn;

CREATE TEMP TABLE placed ON COMMIT DROP AS
SELECT n, a, meeting, at, gone, i.id AS inbox, i.role, gen_random_uuid() AS place, (n * 7 + a * 3) % 10 AS dice
FROM drawn, generate_series(0, :agencies - 1) AS a
JOIN inboxes i ON i.role = (CAST(:roles AS text[]))[a + 1] AND i.partnership_id = :partnership AND i.place = '';

INSERT INTO requirements (id, partnership_id, meeting_id, role, agency_group, level, because, children,
    inbox_id, notice_standard, state)
SELECT place, :partnership, meeting, role, 'g' || a / 3, CASE WHEN a < 5 THEN 'core' ELSE 'conditional' END,
    '[]', ARRAY['C-1'], inbox, CASE WHEN a % 2 = 0 THEN 'working_hours:4' END, 'wanted'
FROM placed;

INSERT INTO invitations (id, partnership_id, meeting_id, requirement_id, inbox_id, version, starts_at, state,
    event_handed_at, message_handed_at, created_at)
SELECT gen_random_uuid(), :partnership, meeting, place, inbox, 1, at, 'sent', told,
    told + a * interval '0.7 seconds', told
FROM (SELECT *, at - (2 + (n + a) % 50) * interval '1 hour' AS told
FROM placed) AS told;

INSERT INTO answers (id, partnership_id, meeting_id, requirement_id, version, answer, way, answered_at,
    received_at, natural_key)
SELECT gen_random_uuid(), :partnership, meeting, place, 1, (ARRAY['yes', 'yes', 'no', 'maybe'])[1 + dice % 4],
    'page', at - dice * interval '1 hour', at - dice * interval '1 hour', place::text
FROM placed
WHERE dice < 8;

INSERT INTO chases (id, partnership_id, meeting_id, requirement_id, version, step, "to", due_at, state)
SELECT gen_random_uuid(), :partnership, meeting, place, 1, 0, 'inbox', at, 'sent'
FROM placed
WHERE dice > 5;

INSERT INTO attendances (id, partnership_id, meeting_id, requirement_id, outcome, state, recorded_by,
    recorded_at)
SELECT gen_random_uuid(), :partnership, meeting, place, (ARRAY['attended', 'attended', 'represented',
    'report_only', 'no_answer'])[1 + dice % 5], 'recorded', 'bench', at
FROM placed
WHERE NOT gone AND dice <> 9
"""
FILL = tuple(_FILL.split(";"))

BARE = """
WITH told AS (
    SELECT i.requirement_id, min(greatest(i.event_handed_at, i.message_handed_at)) AS at
    FROM invitations i JOIN meetings m ON m.id = i.meeting_id AND m.starts_at = i.starts_at
    WHERE m.partnership_id = :partnership AND m.starts_at >= :start AND m.starts_at < :end GROUP BY 1
), answered AS (
    SELECT a.requirement_id, min(a.answered_at) AS seen_at,
           (array_agg(a.answer ORDER BY a.answered_at DESC, a.id DESC))[1] AS said
    FROM answers a JOIN meetings m ON m.id = a.meeting_id AND m.version = a.version
    WHERE m.partnership_id = :partnership AND m.starts_at >= :start AND m.starts_at < :end GROUP BY 1
), chased AS (
    SELECT c.requirement_id, count(*) FILTER (WHERE c.state IN ('sent', 'handed')) AS sent
    FROM chases c JOIN meetings m ON m.id = c.meeting_id
    WHERE m.partnership_id = :partnership AND m.starts_at >= :start AND m.starts_at < :end GROUP BY 1
), phoned AS (
    SELECT requirement_id, min(closed_at) AS at FROM tasks
    WHERE partnership_id = :partnership AND kind = 'phone_invitation' AND state = 'done' GROUP BY 1
), children AS (
    SELECT request_id, count(*) AS number FROM children WHERE partnership_id = :partnership GROUP BY 1
), places AS (
    SELECT r.role, r.level, m.id AS meeting, m.state = 'cancelled' AS gone, x.outcome, r.notice_standard, c.number,
           q.facts -> 'case' -> 'circumstances' AS circumstances, s.sent, n.said,
           to_char(timezone('Europe/London', m.starts_at), 'YYYY-MM') AS month,
           width_bucket(extract(epoch FROM m.starts_at - least(t.at, p.at)), ARRAY[0, 14400, 86400, 172800]) AS notice,
           width_bucket(extract(epoch FROM m.starts_at - n.seen_at), ARRAY[0, 14400, 86400, 172800]) AS seen
    FROM meetings m
    JOIN requests q ON q.id = m.request_id
    JOIN requirements r ON r.meeting_id = m.id
    LEFT JOIN children c ON c.request_id = q.id
    LEFT JOIN inboxes i ON i.id = r.inbox_id
    LEFT JOIN attendances x ON x.requirement_id = r.id
    LEFT JOIN told t ON t.requirement_id = r.id
    LEFT JOIN answered n ON n.requirement_id = r.id
    LEFT JOIN chased s ON s.requirement_id = r.id
    LEFT JOIN phoned p ON p.requirement_id = r.id
    WHERE m.partnership_id = :partnership AND m.starts_at >= :start AND m.starts_at < :end
)
SELECT role, month, notice, seen, said, count(*) FILTER (WHERE outcome IN ('attended', 'represented')) AS came,
       count(*) FILTER (WHERE NOT gone AND outcome IS NOT NULL AND level <> 'optional') AS of,
       count(*) FILTER (WHERE gone) AS gone, count(*) FILTER (WHERE sent > 0) AS chased, sum(number) AS children,
       count(DISTINCT meeting) AS meetings
FROM places GROUP BY GROUPING SETS ((role), (month), (notice), (seen), (said), ())
"""
