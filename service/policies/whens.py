"""The ``when`` of a rule, read from a pack: its words checked, and a rule that can never fire refused."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

from service.domain.conditions import ALWAYS, OPERATORS, VOCABULARY, Condition, ConditionValue, Operator, When
from service.domain.facts import FACTS
from service.policies.refusal import did_you_mean
from service.policies.rows import Row

_KINDS = {bool: "true or false", str: "one word in quotes", frozenset: "a list of words in quotes"}


def read_when(rule: Row, meeting_types: Collection[str] | None) -> When:
    """The ``when`` of one rule: "always", one condition, or ``all``/``any`` over conditions.

    ``meeting_types`` are those of the merged pack; None while a pack is read alone and cannot know them all.

    Raises:
        PolicyRefused: an unknown fact, operator or word, a value of the wrong type, or a rule that can never fire.
    """
    if rule.take("when") == "always":
        return ALWAYS
    tree = _tree(Row(rule.file, rule.where, rule.take("when")), meeting_types)
    when = tree if isinstance(tree, When) else When("all", (tree,))
    clash = never(when)
    if clash:
        rule.refuse(f"this rule can never fire: {clash}")
    return when


def _tree(row: Row, meeting_types: Collection[str] | None) -> Condition | When:
    for join in ("all", "any"):
        if row.has(join):
            parts = row.take(join)
            row.done()
            if not isinstance(parts, list) or not parts:
                row.refuse(f"{join!r} must list at least one condition, or the rule can never fire")
            return When(join, tuple(_tree(Row(row.file, row.where, part), meeting_types) for part in parts))
    return _condition(row, meeting_types)


def _condition(row: Row, meeting_types: Collection[str] | None) -> Condition:
    fact = row.text("fact")
    if fact not in FACTS:
        row.refuse(f"there is no fact {fact!r}{did_you_mean(fact, FACTS)}")
    operators = OPERATORS[FACTS[fact][1]]
    operator = Operator(row.word("operator", [str(each) for each in operators]))
    raw = row.take("value") if row.has("value") or operator is not Operator.NOT_EMPTY else True
    row.done()
    value = _value(row, f"{fact} {operator}", operators[operator], raw)
    known = meeting_types if fact == "meeting_type" else VOCABULARY.get(fact)
    if known is not None and not isinstance(value, bool):
        for word in sorted(value) if isinstance(value, frozenset) else [value]:
            row.check_word(word, known, fact)
    return Condition(fact, operator, value)


def _value(row: Row, what: str, wanted: type, raw: object) -> ConditionValue:
    if wanted is frozenset and isinstance(raw, list) and raw and all(isinstance(each, str) for each in raw):
        return frozenset(raw)
    if isinstance(raw, bool | str) and isinstance(raw, wanted):
        return raw
    return row.refuse(f"the value of {what!r} must be {_KINDS[wanted]}")


def never(when: When) -> str | None:
    """Why no request can fulfil this tree, in words; None when one can.

    Every way to fulfil the tree is one list of conditions; each list is looked at fact by fact.
    """
    clashes = [_clash(way) for way in _ways(when)]
    return None if None in clashes else next(clash for clash in clashes if clash)


def impossible(when: When) -> bool:
    """Whether no request can fulfil this tree; also where it has no way to be fulfilled at all."""
    return all(_clash(way) is not None for way in _ways(when))


def _ways(tree: Condition | When) -> list[tuple[Condition, ...]]:
    if isinstance(tree, Condition):
        return [(tree,)]
    parts = [_ways(part) for part in tree.parts]
    if tree.join == "any":
        return [way for ways in parts for way in ways]
    return [tuple(condition for way in chosen for condition in way) for chosen in product(*parts)]


def _clash(way: tuple[Condition, ...]) -> str | None:
    for fact in dict.fromkeys(condition.fact for condition in way):
        about = [condition for condition in way if condition.fact == fact]
        kind = FACTS[fact][1]
        if kind is frozenset and _sets_clash(about):
            return f"{fact!r} would have to hold a word and lack it"
        if kind is not frozenset and not _values_left(about):
            return f"{fact!r} would have to be two things at once"
    return None


def _values_left(about: list[Condition]) -> bool:
    """Whether one value of a fact fulfils every condition on it."""
    allowed: frozenset[object] | None = None
    barred: set[object] = set()
    for condition in about:
        if condition.operator is Operator.IS_NOT:
            barred.add(condition.value)
            continue
        these = condition.value if isinstance(condition.value, frozenset) else frozenset({condition.value})
        allowed = frozenset(these) if allowed is None else allowed & these
    if allowed is None:
        vocabulary = VOCABULARY.get(about[0].fact)
        return vocabulary is None or bool(vocabulary - barred)
    return bool(allowed - barred)


def _sets_clash(about: list[Condition]) -> bool:
    lacked = {condition.value for condition in about if condition.operator is Operator.LACKS}
    empty = any(condition.operator is Operator.NOT_EMPTY and condition.value is False for condition in about)
    return any(_set_clashes(condition, lacked, empty=empty) for condition in about)


def _set_clashes(condition: Condition, lacked: set[ConditionValue], *, empty: bool) -> bool:
    if condition.operator is Operator.LACKS or condition.value is False:
        return False
    wanted = condition.value if isinstance(condition.value, frozenset) else frozenset({condition.value})
    return empty or (condition.operator is not Operator.NOT_EMPTY and wanted <= lacked)
