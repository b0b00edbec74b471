"""`rapport seed`: a believable portfolio for trying, made by the same actions people use, at the times they would."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING

from rapport.cli.portfolio.generator import CLIENT, Story, stories
from rapport.cli.portfolio.meetings import Rounds
from rapport.cli.portfolio.people import CLIENT as CLIENT_PEOPLE
from rapport.cli.portfolio.people import CLIENT_COLLEAGUES, PARTNERS, Colleague
from rapport.cli.portfolio.together import Together
from rapport.cli.portfolio.troubles import Trouble

if TYPE_CHECKING:
    from rapport.apps.accounts.models import Organisation, Person
    from rapport.apps.assurance.models import Line
    from rapport.apps.engagements.models import Engagement

_DOMAIN = "example.org"
_STARTED = date(2025, 3, 3)
_CHANGING = "Brightdesk"
"""The partner that proposes a change to its agreement."""
_SETTLING = "Brightdesk"
"""The partner whose figures of one month are settled, and of the next disputed and awaited."""
_TROUBLES = {
    "Brightdesk": Trouble.desk,
    "Parcelwise": Trouble.documents,
    "Claimsight": Trouble.claims,
    "Lumen Surveys": Trouble.surveys,
}
"""What is off at which partner."""
_PROVED = "Parcelwise"
"""The partner whose corrective action has worked, as its figures show."""
_HANDED_IN = {
    "nda": ("Mutual non-disclosure agreement", 1200),
    "data_security": ("Data security assessment 2025", 700),
    "insurance": ("Liability insurance certificate", 640),
}
"""Documents that partners handed in at the start: how each is called, and for how many days it holds."""
_OWED = {"Papertrail": "data_security"}
"""What a partner never handed in, so that its gate is closed."""


_BEHIND = timedelta(days=4)
"""How old the newest records are: the last files were handed in three days ago."""

Step = Callable[[datetime], object]
"""Something that somebody does at a moment."""


@dataclass(frozen=True)
class Entrance:
    """Somebody who can sign in, with the password that is known only now."""

    person: "Person"
    password: str


def fill(tell: Callable[[str], None], now: datetime) -> list[Entrance]:
    """Fill an empty installation; four people to sign in as, of the client and of one partner.

    `tell` hears what is being made.

    Raises:
        rapport.apps.accounts.Refused: there is something here already.
    """
    from rapport.apps.issues.jobs import raise_what_failed
    from rapport.apps.meetings.jobs import follow_plans
    from rapport.apps.practices.jobs import look_at_the_whole_picture

    start = _at(_STARTED)
    administrator = _client(start)
    client = [_join(administrator, administrator.organisation, one, start) for one in CLIENT_PEOPLE]
    for one in CLIENT_COLLEAGUES:
        _come_too(administrator, administrator.organisation, one, start)
    manager, signers = client[0].person, []
    for story in stories(now - _BEHIND):
        tell(f"{story.partner}: {story.title}")
        signers.append(_partner(administrator, manager, story, start))
        signer = signers[-1].person
        engagement = _agreed(manager, signer, story, start)
        steps = _deliveries(signer, engagement, story, now)
        if story.partner == _CHANGING:
            steps.append((now - timedelta(days=2), partial(_changed, signer, engagement, story)))
        if story.partner == _SETTLING:
            steps += _settling(manager, signer, engagement, now)
            steps += Rounds(manager, signer, engagement).steps(now)
            steps += Together(manager, signer, engagement).steps(now)
        if troubles := _TROUBLES.get(story.partner):
            steps += troubles(Trouble(manager, signer, engagement), now)
        for at, step in sorted(steps, key=lambda one: one[0]):
            step(at)
        _results(engagement, now)
        if story.partner == _PROVED:
            Trouble(manager, signer, engagement).prove(now)
    for job in (follow_plans, raise_what_failed, look_at_the_whole_picture):
        job(now)
    return [*client, signers[0]]


def _client(at: datetime) -> "Person":
    from rapport.apps.accounts.actions import found_client

    email, password = f"administrator@northwind.{_DOMAIN}", secrets.token_urlsafe(24)
    administrator = found_client(organisation=CLIENT, name="Rosa Lindqvist", email=email, password=password, at=at)
    _silence(administrator)
    return administrator


def _join(by: "Person", organisation: "Organisation", who: Colleague, at: datetime) -> Entrance:
    """Somebody as whom one can sign in."""
    from rapport.apps.accounts.actions import accept_invitation

    link, password = _invited(by, organisation, who, _address(organisation, who.role), at), secrets.token_urlsafe(12)
    person = accept_invitation(secret=link, name=who.name, password=password, at=at)
    _silence(person)
    return Entrance(person, password)


def _come_too(by: "Person", organisation: "Organisation", who: Colleague, at: datetime) -> None:
    """Somebody who is asked and told like everybody; without a password, which would only take time to keep."""
    from rapport.apps.accounts.actions import Identity, join_by_identity

    email = _address(organisation, ".".join(who.name.lower().split()))
    link = _invited(by, organisation, who, email, at)
    _silence(join_by_identity(secret=link, identity=Identity("company", email, email, who.name), at=at))


def _invited(by: "Person", organisation: "Organisation", who: Colleague, email: str, at: datetime) -> str:
    from rapport.apps.accounts.actions import invite
    from rapport.domain.roles import Role

    role, function = Role(who.role), who.function
    return invite(by=by, organisation=organisation, email=email, role=role, function=function, at=at)[1]


def _address(organisation: "Organisation", name: str) -> str:
    return f"{name}@{organisation.name.split()[0].lower()}.{_DOMAIN}"


def _silence(person: "Person") -> None:
    """Nobody reads the mail of invented people."""
    from rapport.apps.notices.actions import choose_habits
    from rapport.domain.notices import Habits

    choose_habits(by=person, habits=Habits(is_mailed=False))


def _partner(administrator: "Person", manager: "Person", story: Story, at: datetime) -> Entrance:
    """A partner with its people, of whom the first speaks for it, and the documents it handed in."""
    from rapport.apps.accounts.actions import add_partner

    organisation = add_partner(by=manager, name=story.partner, at=at)
    first, *others = PARTNERS[story.partner]
    signer = _join(administrator, organisation, first, at)
    for one in others:
        _come_too(signer.person, organisation, one, at)
    for kind in _HANDED_IN:
        if _OWED.get(story.partner) != kind:
            _document(signer.person, manager, kind, at)
    return signer


def _document(signer: "Person", manager: "Person", kind: str, at: datetime) -> None:
    from django.core.files.base import ContentFile

    from rapport.apps.partners.actions import accept_document, hand_in
    from rapport.domain.evidence import DocumentKind

    title, days = _HANDED_IN[kind]
    document = hand_in(
        by=signer, organisation=signer.organisation, kind=DocumentKind(kind), title=title, at=at,
        file=ContentFile(b"A stand-in for the signed document.", f"{kind}.txt"),
        valid_from=at.date(), valid_until=at.date() + timedelta(days=days),
    )  # fmt: skip
    accept_document(by=manager, document=document, at=at)


def _agreed(manager: "Person", signer: "Person", story: Story, at: datetime) -> "Engagement":
    """An engagement whose agreement both sides have signed."""
    from rapport.apps.engagements.actions import (
        Particulars,
        change_engagement,
        propose_version,
        sign_version,
        start_engagement,
        write_draft,
    )

    engagement = start_engagement(
        by=manager, partner=signer.organisation, title=story.title, purpose=story.purpose, at=at
    )
    to = Particulars(story.title, story.purpose, story.tier, Decimal(story.spend), manager, signer)
    change_engagement(by=manager, engagement=engagement, to=to, at=at)
    version = write_draft(by=manager, engagement=engagement, text=story.agreement, at=at)
    version = propose_version(by=manager, version=version, at=at + timedelta(days=4))
    version = sign_version(by=manager, version=version, digest=version.digest, at=at + timedelta(days=4))
    sign_version(by=signer, version=version, digest=version.digest, at=at + timedelta(days=9))
    return engagement


def _deliveries(signer: "Person", engagement: "Engagement", story: Story, now: datetime) -> list[tuple[datetime, Step]]:
    """The partner's files, quarter by quarter, each uploaded and committed a few days after its quarter."""
    steps: list[tuple[datetime, Step]] = []
    for quarter, of_sources in enumerate(zip_longest(*story.records.values()), start=1):
        at = min(_at(date(2025, 4, 3) + timedelta(days=91 * quarter)), now - timedelta(days=3))
        for source, written in zip(story.records, of_sources, strict=True):
            if written is not None:
                steps.append((at, partial(_delivered, signer, engagement, source, written)))
    return steps


def _delivered(signer: "Person", engagement: "Engagement", source: str, written: tuple[str, str], at: datetime) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from rapport.apps.delivery.actions import commit_batch, preview_records

    name, text = written
    file = SimpleUploadedFile(name, text.encode())
    batch = preview_records(by=signer, engagement=engagement, source=source, file=file, at=at)
    commit_batch(by=signer, batch=batch, at=at)


def _results(engagement: "Engagement", at: datetime) -> None:
    from rapport.apps.kpis.actions import compute_results

    compute_results(engagement=engagement, at=at)


def _changed(signer: "Person", engagement: "Engagement", story: Story, at: datetime) -> None:
    """The partner proposes a change and has signed it; the client's signature is awaited."""
    from rapport.apps.engagements.actions import propose_version, sign_version, write_draft

    text = story.agreement.replace("edge: 90", "edge: 88", 1)
    version = write_draft(by=signer, engagement=engagement, text=text, at=at)
    version = propose_version(by=signer, version=version, at=at)
    sign_version(by=signer, version=version, digest=version.digest, at=at)


def _settling(
    manager: "Person", signer: "Person", engagement: "Engagement", now: datetime
) -> list[tuple[datetime, Step]]:
    """What both sides say about the figures of the last two months, as far as the second is over for a day."""
    last = (now - timedelta(days=1)).date().replace(day=1)
    before = (last - timedelta(days=1)).replace(day=1)
    talk = [_Talk(manager, signer, engagement, f"{end - timedelta(days=1):%Y-%m}") for end in (before, last)]
    pace = min(1.0, (now - _at(last)) / timedelta(days=12))
    return [
        (_at(before) + timedelta(days=2), partial(_results, engagement)),
        *((_at(before) + timedelta(days=day), step) for day, step in talk[0].settled()),
        *((_at(last) + timedelta(days=day) * pace, step) for day, step in talk[1].disputed()),
    ]


@dataclass(frozen=True)
class _Talk:
    """What manager and signer say to each other about the service desk's figures of one month."""

    manager: "Person"
    signer: "Person"
    engagement: "Engagement"
    period: str

    def settled(self) -> list[tuple[int, Step]]:
        """All four figures stated; three agree, and about one a dispute, an offer and its acceptance; by day."""
        reason = "Five tickets waited for an answer of the customer, and the figure does not take their pauses out."
        return [
            (4, partial(self._report, {"resolved-in-time": 1.2, "median-hours": 0, "reopened": 0, "backlog-age": 0})),
            (8, partial(self._verify, ["resolved-in-time", "median-hours", "reopened", "backlog-age"])),
            (12, partial(self._dispute, self.signer, reason, "pauses")),
            (15, partial(self._offer, 0.9, "We found four of the five pauses in our own records.")),
            (17, self._accept),
        ]

    def disputed(self) -> list[tuple[int, Step]]:
        """Three figures stated and two verified: one agrees, one is disputed, and one awaits the client; by day."""
        reason = "Tickets that were handed over from another team are missing from your figure."
        return [
            (4, partial(self._report, {"resolved-in-time": 1.6, "median-hours": 0, "reopened": 0})),
            (8, partial(self._verify, ["resolved-in-time", "reopened"])),
            (10, partial(self._dispute, self.manager, reason, "population")),
        ]

    def _report(self, more: dict[str, float], at: datetime) -> None:
        from rapport.apps.assurance.actions import report_figures

        figures = [(self._line(kpi, at), self._figure(kpi, added)) for kpi, added in more.items()]
        report_figures(by=self.signer, figures=figures, at=at)

    def _verify(self, kpis: list[str], at: datetime) -> None:
        from rapport.apps.assurance.actions import verify_figure

        for kpi in kpis:
            verify_figure(by=self.manager, line=self._line(kpi, at), value=self._figure(kpi), at=at)

    def _dispute(self, by: "Person", reason: str, cause: str, at: datetime) -> None:
        from rapport.apps.assurance.actions import dispute_figure

        dispute_figure(by=by, line=self._line("resolved-in-time", at), reason=reason, cause=cause, at=at)

    def _offer(self, added: float, reason: str, at: datetime) -> None:
        from rapport.apps.assurance.actions import make_offer

        line, value = self._line("resolved-in-time", at), self._figure("resolved-in-time", added)
        make_offer(by=self.manager, line=line, value=value, reason=reason, cause="pauses", at=at)

    def _accept(self, at: datetime) -> None:
        from rapport.apps.assurance.actions import accept_offer

        line = self._line("resolved-in-time", at)
        accept_offer(by=self.signer, line=line, offer=line.statements.get(kind="offer").pk, at=at)

    def _line(self, kpi: str, at: datetime) -> "Line":
        from rapport.apps.assurance.queries.books import books

        line = books(self.engagement, at).line(kpi, self.period)
        assert line is not None  # a period that is over has a line
        return line

    def _figure(self, kpi: str, added: float = 0) -> Fraction:
        """The computed value of the month, or of the latest that has one, with two decimals; and so much more."""
        from rapport.apps.kpis.queries import results

        computed = results(self.engagement).filter(kpi=kpi, is_complete=True, content__value__isnull=False)
        found = computed.filter(period=self.period).first() or computed.last()
        assert found is not None  # a story of eighteen months has values
        return Fraction(f"{found.content['value'] + added:.2f}")


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)
