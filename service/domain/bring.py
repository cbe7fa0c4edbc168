"""What each agency group is asked to bring, in the service's own plain words.

Working Together asks partners to share what they know and to plan together; the lists are the service's wording of
that, one short list for each group of ``roles.GROUPS``. A group without a list gets the general one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ANY = (
    "what your agency knows of the child and the family, with dates",
    "any worry you have now, and anything that has changed lately",
    "what is going well, and who the child trusts",
)

BRING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "csc": (
            "the referral and the history of contacts, assessments and plans",
            "who lives in or visits the home, and who holds parental responsibility",
            "what the child has said, and how they were when last seen",
        ),
        "police": (
            "what your records hold on the adults and on the addresses",
            "incidents, arrests, bail conditions and orders",
            "whether a crime is or will be investigated, and what must not be disturbed",
        ),
        "health": (
            "what your records hold on the child, from birth or booking on",
            "appointments kept and missed, injuries and visits to emergency departments",
            "the parents' health as far as it bears on the child",
            "whether a medical examination is needed, when, and by whom",
        ),
        "education": (
            "attendance, and any change in how the child is or behaves",
            "your safeguarding records, and what the child has said",
            "who collects the child, and when they are next expected",
        ),
        "care_provider": (
            "how the child is in your care, and any incident",
            "visits and contact, and how the child was after them",
        ),
        "probation": (
            "orders, licence conditions and assessed risk of the adult you work with",
            "where the adult lives, and any contact with children you know of",
        ),
        "prison": (
            "the adult's contact with children, by visit, phone and letter",
            "release dates, and any risk assessed in custody",
        ),
        "youth_justice": (
            "orders, assessments and who the young person spends time with",
            "any sign that the young person is exploited",
        ),
        "domestic_abuse": (
            "your assessment of the risk to the adult and to each child",
            "what would make it safer, and what must not be told to whom",
        ),
        "substance_misuse": (
            "treatment, tests and missed appointments",
            "how use bears on the care of the child, and how medicines are stored",
        ),
        "adult_social_care": (
            "the adult's care and support needs, and who else is at risk",
            "what support is in place, and what is needed to care for the child",
        ),
        "housing": (
            "who holds the tenancy and who is known to live there",
            "complaints, repairs, arrears and any notice to leave",
        ),
        "other_authority": (
            "your records of the child, and any plan or order in force",
            "who in your council is responsible, and how to reach them out of hours",
        ),
        "lado": ("what is known of the allegation, and the employer's steps so far",),
        "employer": (
            "the person's role, their contact with children, and any earlier worry",
            "what you have done so far, and what you have told whom",
        ),
    }
)


def to_bring(group: str) -> tuple[str, ...]:
    """What an agency of this group is asked to bring."""
    return BRING.get(group, ANY)
