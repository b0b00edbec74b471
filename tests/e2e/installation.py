"""An installation with something on every page: made through the actions people use, on a day when figures wait."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

from django.core.files.uploadedfile import SimpleUploadedFile
from people_in_browsers import PASSWORD

from rapport.apps.accounts import actions as accounts
from rapport.apps.assurance import actions as assurance
from rapport.apps.assurance.queries.books import books
from rapport.apps.channels import actions as channels
from rapport.apps.corrections import actions as corrections
from rapport.apps.delivery.actions import commit_batch, preview_records
from rapport.apps.engagements import actions as engagements
from rapport.apps.escalations import actions as escalations
from rapport.apps.feedback import actions as feedback
from rapport.apps.feedback.actions import Offer, Words
from rapport.apps.issues import actions as issues
from rapport.apps.issues.actions import Gap
from rapport.apps.kpis.actions import compute_results
from rapport.apps.meetings import actions as meetings
from rapport.apps.meetings.jobs import follow_plans
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.partners import actions as partners
from rapport.apps.portfolio.actions import keep_view
from rapport.domain.evidence import DocumentKind
from rapport.domain.feedback import Kind
from rapport.domain.roles import Role, Side
from rapport.domain.support import Kind as SupportKind

DEMO = Path(str(files("rapport.cli"))) / "demo"
BEGAN = datetime(2025, 1, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
"""The records end two days before, and the client has time to verify the figures of February."""
KPI, PERIOD = "resolved-in-time", "2026-02"
FIGURE = "94.5"
"""What the partner says it has reached; the records say less."""


def two_companies(at=BEGAN):
    """The client, a partner, and one person of either who can do everything their side does; nothing agreed yet."""
    administrator = accounts.found_client(
        organisation="Northwind", name="Administrator", email="administrator@northwind.example",
        password=PASSWORD, at=at,
    )  # fmt: skip
    partner = accounts.add_partner(by=administrator, name="Brightdesk", at=at)
    found = SimpleNamespace(administrator=administrator, partner=partner, client=administrator.organisation)
    found.manager = joined(found, found.client, Role.MANAGER, at)
    found.signer = joined(found, partner, Role.SIGNER, at)
    return found


def joined(found, organisation, role, at):
    """Somebody who was invited and has come."""
    link = invited(found, organisation, role, at)
    return accounts.accept_invitation(secret=link, name=f"{organisation.name} {role}", password=PASSWORD, at=at)


def invited(found, organisation, role, at):
    """The secret of an invitation's link, from whoever manages the people there by then."""
    email = f"{role}@{organisation.name.lower()}.example"
    is_first = organisation == found.client or not hasattr(found, "signer")
    inviter = found.administrator if is_first else found.signer
    _, secret = accounts.invite(by=inviter, organisation=organisation, email=email, role=role, at=at)
    return secret


def agreed(found, title="Service desk", at=BEGAN, changed=()):
    """An engagement whose agreement is in force: the built-in example, with some of its words changed."""
    text = (DEMO / "agreement.yaml").read_text(encoding="utf-8")
    for old, new in dict(changed).items():
        assert old in text, old
        text = text.replace(old, new)
    engagement = engagements.start_engagement(
        by=found.manager, partner=found.partner, title=title, purpose="People can work again soon.", at=at
    )
    version = engagements.write_draft(by=found.manager, engagement=engagement, text=text, at=at)
    version = engagements.propose_version(by=found.manager, version=version, at=at)
    for person in (found.manager, found.signer):
        version = engagements.sign_version(by=person, version=version, digest=version.digest, at=at)
    return engagement


def delivered(found, engagement, sources=("tickets", "holds", "duties", "surveys"), at=NOW):
    """The example's records, committed and computed."""
    for source in sources:
        file = SimpleUploadedFile(f"{source}.csv", (DEMO / f"{source}.csv").read_bytes())
        batch = preview_records(by=found.signer, engagement=engagement, source=source, file=file, at=at)
        commit_batch(by=found.signer, batch=batch, at=at)
    compute_results(engagement=engagement, at=at)


def filled():
    """Two companies with an engagement where every page has something on it, and one where nothing has happened."""
    found = two_companies()
    found.engagement = agreed(found)
    delivered(found, found.engagement)
    found.bare = engagements.start_engagement(
        by=found.manager, partner=found.partner, title="Telephone exchange", purpose="", at=NOW
    )
    found.rejects = _looked_at(found)
    found.version = _talked_about(found)
    found.statement = _stated(found)
    found.document, found.contact = _papers(found)
    found.team = accounts.make_team(
        by=found.administrator, organisation=found.client, name="Desk", members=[found.manager], at=NOW
    )
    _off(found)
    _met(found)
    _told(found)
    found.secret = invited(found, found.client, Role.EXECUTIVE, NOW)
    found.token, _ = accounts.issue_token(
        by=found.manager, name="Loader", scope="read", lasts=timedelta(days=30), at=NOW
    )
    found.view = keep_view(by=found.manager, name="Missed", query="standing=missed", is_shared=True, at=NOW)
    return found


def _off(found):
    """An issue on the list with everything both sides do about it, one that waits for an answer, and an edition."""
    people = {"client": found.manager, "partner": found.signer}
    gap = Gap("Calls after five are not answered", "Nobody picks up.", kpi=KPI, period=PERIOD)
    issue = issues.raise_issue(by=found.manager, engagement=found.engagement, gap=gap, at=NOW)
    issue = issues.approve_issue(by=found.signer, issue=issue, at=NOW)
    said = SimpleUploadedFile("calls.txt", b"17:05 nobody")
    found.comment = issues.comment_on(by=found.manager, issue=issue, text="See", is_private=False, file=said, at=NOW)
    issues.comment_on(by=found.manager, issue=issue, text="Among us", is_private=True, at=NOW)
    for side, person in people.items():
        found.task = issues.give_task(
            by=found.manager, engagement=found.engagement, issue=issue, what=f"A task of the {side}", owner=person,
            due_on=NOW.date(), at=NOW,
        )  # fmt: skip
    edition = issues.make_edition(by=found.manager, engagement=found.engagement, at=NOW)
    issues.approve_edition(by=found.manager, edition=edition, at=NOW)
    issues.raise_issue(by=found.signer, engagement=found.engagement, gap=Gap("Questions wait"), at=NOW)
    correction = corrections.start_correction(by=found.signer, issue=issue, at=NOW)
    correction = corrections.contain(by=found.signer, correction=correction, how="The day shift stays.", at=NOW)
    found.cause = corrections.add_cause(
        by=found.signer, correction=correction, text="Nobody is on duty", evidence="The roster",
        file=SimpleUploadedFile("roster.txt", b"Monday"), at=NOW,
    )  # fmt: skip
    found.target = corrections.add_target(
        by=found.signer, correction=correction, until_on=NOW.date() + timedelta(days=40), target=Fraction(90),
        what="Half of the way", at=NOW,
    )  # fmt: skip
    escalations.start_escalation(by=found.manager, issue=issue, reason="It goes on.", at=NOW)
    found.issue = issue


def _met(found):
    """Meetings and reports of the plan: one held with a draft of minutes, one report handed in, and more to come."""
    follow_plans(NOW)
    planned = Meeting.objects.filter(engagement=found.engagement, state="planned").order_by("planned_on")
    found.meeting = meetings.hold_meeting(
        by=found.manager, meeting=planned.filter(planned_on__gte=NOW.date()).first(), on=NOW.date(),
        present={Side.CLIENT: [found.manager], Side.PARTNER: [found.signer]}, at=NOW,
    )  # fmt: skip
    found.decision = meetings.decide(by=found.manager, meeting=found.meeting, text="A second shift", at=NOW)
    found.report = Report.objects.filter(engagement=found.engagement).order_by("due_on").first()
    meetings.hand_in_report(by=found.signer, report=found.report, answers={"went_well": "The calls"}, at=NOW)
    meetings.make_feed(by=found.manager, at=NOW)
    found.absence = escalations.add_absence(
        by=found.manager, person=found.manager, first_on=NOW.date() + timedelta(days=9),
        last_on=NOW.date() + timedelta(days=12), deputy=None, at=NOW,
    )  # fmt: skip


def _told(found):
    """What the two sides tell each other: shared and as a draft, a rating that waits, support that is owed; a chat."""
    words = Words(Kind.CHANGE, kpi=KPI, period=PERIOD, seen="Calls wait", effect="People walk in", asked="A late shift")
    found.draft = feedback.keep_draft(by=found.manager, engagement=found.engagement, words=words, at=NOW)
    told = feedback.keep_draft(by=found.signer, engagement=found.engagement, words=words, at=NOW)
    feedback.share_draft(by=found.signer, draft=told, at=NOW)
    closes_on = NOW.date() + timedelta(days=14)
    feedback.open_round(by=found.manager, engagement=found.engagement, period="Winter", closes_on=closes_on, at=NOW)
    offer = Offer(SupportKind.TRAINING, "The new claims system", "The desk", "Who was there", closes_on)
    promise = feedback.make_promise(by=found.manager, engagement=found.engagement, offer=offer, at=NOW)
    list_of = SimpleUploadedFile("who.txt", b"Eleven people")
    feedback.keep_promise(by=found.manager, promise=promise, note="Two mornings.", file=list_of, at=NOW)
    found.channel = channels.add_chat(
        by=found.administrator, person=found.manager, name="Desk", is_urgent_only=True, at=NOW,
        address="https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    )  # fmt: skip


def spoilt(rows=1):
    """The tickets of the example with days in the first rows that nobody can read, and the same mended."""
    lines = (DEMO / "tickets.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    wrong = [line.replace("2025-01-0", "2025-13-0", 1) for line in lines[2 : 2 + rows]]
    return "".join([*lines[:2], *wrong, *lines[2 + rows :]]), "".join(lines)


def _looked_at(found):
    """A file with a row that is rejected, which does not count yet."""
    file = SimpleUploadedFile("tickets-again.csv", spoilt()[0].encode())
    return preview_records(by=found.signer, engagement=found.engagement, source="tickets", file=file, at=NOW)


def _talked_about(found):
    """A proposed change with a remark of either kind on it, and a draft of the manager's that goes on from there."""
    text = (DEMO / "agreement.yaml").read_text(encoding="utf-8").replace("title: Service desk", "title: Desk", 1)
    version = engagements.write_draft(by=found.signer, engagement=found.engagement, text=text, at=NOW)
    version = engagements.propose_version(by=found.signer, version=version, at=NOW)
    for is_private in (True, False):
        engagements.make_remark(by=found.manager, version=version, line=6, text="Why?", is_private=is_private, at=NOW)
    for person in (found.manager, found.signer):
        engagements.write_draft(by=person, engagement=found.engagement, text=text, at=NOW)
    return version


def _stated(found):
    """A figure the two sides differ about, with evidence and an offer; another that the client has to verify."""
    kept = books(found.engagement, NOW)
    line, other = kept.line(KPI, PERIOD), kept.line("reopened", PERIOD)
    evidence = SimpleUploadedFile("our-count.csv", b"ticket\n")
    assurance.report_figure(by=found.signer, line=line, value=Fraction(FIGURE), evidence=evidence, at=NOW)
    assurance.report_figure(by=found.signer, line=other, value=Fraction(1), at=NOW)
    line = assurance.verify_figure(by=found.manager, line=line, value=Fraction(90), at=NOW)
    assurance.dispute_figure(by=found.signer, line=line, reason="Three waited for you.", cause="pauses", at=NOW)
    assurance.make_offer(by=found.manager, line=line, value=Fraction(92), reason="Two of the three.", at=NOW)
    return line.statements.exclude(evidence="").get()


def _papers(found):
    """Documents: one that counts, one that is about to end, one that nobody has read; and a contact."""
    day = NOW.date()
    for kind, days in ((DocumentKind.NDA, 300), (DocumentKind.DATA_SECURITY, 20), (DocumentKind.INSURANCE, 200)):
        document = partners.hand_in(
            by=found.signer, organisation=found.partner, kind=kind, title="", at=NOW,
            file=SimpleUploadedFile("signed.pdf", b"%PDF-1.7"),
            valid_from=day - timedelta(days=100), valid_until=day + timedelta(days=days),
        )  # fmt: skip
        if kind is not DocumentKind.INSURANCE:
            partners.accept_document(by=found.manager, document=document, at=NOW)
    contact = partners.add_contact(
        by=found.signer, organisation=found.partner, name="Night desk", position="On call",
        email="night@brightdesk.example", phone="+44 20 7946 0000", at=NOW,
    )  # fmt: skip
    return document, contact
