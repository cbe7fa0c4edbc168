"""The facts of a request as a form, and what a changed form asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from service.domain.amending import Amendment, ChildAmendment, Words
from service.domain.facts import CHILD_FLAGS, CIRCUMSTANCES, AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.roles import ROLES
from service.domain.roles import words as role_words
from service.web.act_page import Field, Form, Kind
from service.web.wording import AGE_WORDS, URGENCY_WORDS

MORE = ("involved_more_1", "involved_more_2", "involved_more_3")


def facts_mark(facts: RequestFacts) -> str:
    """The facts a form can change, as one short word."""
    said = [
        str(facts.urgency),
        sorted(facts.circumstances),
        sorted(facts.involved_roles),
        sorted(facts.excluded_roles),
        [(child.ref, str(child.age_band), child.on_school_roll, sorted(child.flags)) for child in facts.children],
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def facts_form(action: str, facts: RequestFacts, asked: Sequence[str]) -> Form:
    """The form with the facts as they are. ``asked``: the roles whose shared inbox could be told."""
    others = {
        role.slug: role.words
        for role in sorted(ROLES.values(), key=lambda each: each.words.lower())
        if role.slug not in facts.involved_roles
    }
    involved = {role: role_words(role) for role in sorted(facts.involved_roles)}
    stoppable = {role: role_words(role) for role in dict.fromkeys(asked) if role not in facts.excluded_roles}
    fields = [
        Field("urgency", "How soon?", Kind.ONE, URGENCY_WORDS, needed="Choose how soon"),
        Field("circumstances", "What is known of the case", Kind.SOME, CIRCUMSTANCES),
        *((Field("involved", "Agencies that are involved already", Kind.SOME, involved),) if involved else ()),
        *(Field(name, f"Another agency that is involved ({n})", Kind.PICK, others) for n, name in enumerate(MORE, 1)),
        Field(
            "untold",
            "Must not be told by its shared inbox",
            Kind.SOME,
            stoppable,
            hint="Where somebody the meeting is about, or tied to them, reads it.",
        ),
    ]
    values = {"urgency": str(facts.urgency)}
    values |= {f"circumstances.{each}": "yes" for each in facts.circumstances}
    values |= {f"involved.{each}": "yes" for each in facts.involved_roles}
    for number, child in enumerate(facts.children, 1):
        fields += _of_child(number, child)
        values |= {f"age{number}": str(child.age_band), f"roll{number}": "yes" if child.on_school_roll else "no"}
        values |= {f"flags{number}.{flag}": "yes" for flag in child.flags}
    fields.append(
        Field("policy", "By which policy?", Kind.SOME, {"in_force": "by the policy in force now, for the one it had"})
    )
    return Form(action, "Show what changes", tuple(fields), values, hidden={"facts": facts_mark(facts)})


def _of_child(number: int, child: ChildFacts) -> tuple[Field, ...]:
    return (
        Field(f"age{number}", f"Child {child.ref}: how old", Kind.PICK, AGE_WORDS, needed="Choose how old"),
        Field(f"roll{number}", f"Child {child.ref}: on a school's roll", Kind.ONE, {"yes": "yes", "no": "no"}),
        Field(f"flags{number}", f"Child {child.ref}: what is so", Kind.SOME, CHILD_FLAGS),
    )


def change_of(form: Form, facts: RequestFacts) -> Amendment:
    """What a form asks for that was drawn from ``facts``: what was ticked and was not, and the other way about."""
    involved = set(form.ticked("involved")) if facts.involved_roles else set()
    involved |= {form.said(name) for name in MORE if form.said(name)}
    children = {}
    for number, child in enumerate(facts.children, 1):
        age, roll = form.said(f"age{number}"), form.said(f"roll{number}")
        on_roll = roll == "yes" if roll else child.on_school_roll
        change = ChildAmendment(
            _words(child.flags, form.ticked(f"flags{number}")),
            AgeBand(age) if age != child.age_band else None,
            on_roll if on_roll != child.on_school_roll else None,
        )
        if change != ChildAmendment():
            children[child.ref] = change
    urgency = Urgency(form.said("urgency"))
    return Amendment(
        urgency=urgency if urgency != facts.urgency else None,
        circumstances=_words(facts.circumstances, form.ticked("circumstances")),
        involved_roles=_words(facts.involved_roles, involved),
        must_not_be_told=frozenset(form.ticked("untold")),
        children=children,
    )


def _words(before: frozenset[str], after: Sequence[str] | set[str]) -> Words:
    return Words(frozenset(after) - before, before - frozenset(after))
