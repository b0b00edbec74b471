"""The stories of the portfolio: for each partner what it does, what was agreed, and records up to the present."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from rapport.cli.portfolio import brightdesk, claimsight, cloudharbour, lumen_surveys, papertrail, parcelwise
from rapport.cli.portfolio.documents import agreement_text
from rapport.cli.portfolio.records import LAST, SEED, Files, Past

CLIENT = "Northwind Insurance"


@dataclass(frozen=True)
class Story:
    """One engagement of the portfolio.

    Attributes:
        tier: how much depends on it: strategic, important or standard.
        spend: what it costs the client a year, in the agreement's currency.
        agreement: the agreement as YAML; it names no files.
        records: for each source of the agreement its files, a quarter each: name and CSV text.
    """

    partner: str
    title: str
    tier: str
    spend: int
    purpose: str
    agreement: str
    records: Files


def stories(now: datetime) -> list[Story]:
    """All stories up to a moment, the same every time: each is drawn with a chance of its own from one seed."""
    past = Past(min(now, LAST))
    return [
        _story(
            past, "Brightdesk", "IT service desk", "important", 840_000, brightdesk.records,
            "Our people reach one desk for every computer, program and access, and can soon work again.",
        ),
        _story(
            past, "Parcelwise", "Delivery of policy documents", "standard", 265_000, parcelwise.records,
            "Policyholders get their documents on the day we promised them, unharmed.",
        ),
        _story(
            past, "Cloudharbour", "Hosting of the insurance platform", "strategic", 1_310_000, cloudharbour.records,
            "Brokers and clerks find the services up whenever they work; without them we cannot sell a policy.",
        ),
        _story(
            past, "Claimsight", "Claims processing", "strategic", 2_150_000, claimsight.records,
            "Everyday claims are settled soon and rightly, so that our own people have time for the hard ones.",
        ),
        _story(
            past, "Lumen Surveys", "Customer surveys", "standard", 96_000, lumen_surveys.records,
            "Every month we learn from outside what policyholders think of us.",
        ),
        _story(
            past, "Papertrail", "Scanning and archiving", "standard", 180_000, papertrail.records,
            "The paper archive shrinks, and a file that is asked for can be read on the screen.",
        ),
    ]  # fmt: skip


def _story(
    past: Past, partner: str, title: str, tier: str, spend: int, records: Callable[[Random, Past], Files], purpose: str
) -> Story:
    agreement = agreement_text(partner.lower().replace(" ", "-"))
    return Story(partner, title, tier, spend, purpose, agreement, records(Random(SEED), past))
