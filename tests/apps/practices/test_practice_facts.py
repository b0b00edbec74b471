"""Facts come from what both sides can see, of the right engagement and partner, in few queries."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import yaml

from rapport.apps.accounts.models import Organisation
from rapport.apps.assurance.models import Line, Statement
from rapport.apps.audit.models import Entry
from rapport.apps.corrections.models import Correction
from rapport.apps.engagements.models import AgreementVersion, Engagement, Signature
from rapport.apps.engagements.queries import open_points_of
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.feedback.models import Draft, Feedback, Promise, Rating, Round
from rapport.apps.issues.models import Issue
from rapport.apps.meetings.models import Meeting, Minutes, Report
from rapport.apps.partners.models import Contact, Profile
from rapport.apps.practices.queries import coverage, facts_of, summary
from rapport.domain.adherence import Adherence, Conduct
from rapport.domain.coverage import (
    Disputes,
    Facts,
    Figures,
    KpiFacts,
    Meetings,
    Paper,
    Proposal,
    Reports,
    State,
    Support,
    Tally,
)
from rapport.domain.evidence import DocumentKind, DocumentStatus
from rapport.domain.roles import Side

DAY = date(2026, 3, 2)
KINDS = ("nda", "data_security", "insurance", "certificate")


def known(engagement, day=DAY):
    return facts_of([engagement], day)[engagement.pk]


def states(person, engagement):
    return {row.practice.id: row.finding.state for row in coverage(person, engagement, DAY)}


def test_an_engagement_of_which_nothing_is_known(world):
    nothing = Paper(DocumentKind.NDA, DocumentStatus.MISSING)
    known_papers = [replace(nothing, kind=DocumentKind(kind)) for kind in KINDS]
    assert known(world.engagement) == Facts(
        day=DAY, to_share=tuple(known_papers[:2]), to_comply=tuple(known_papers[2:]), peopled=frozenset(Side),
        owned=frozenset({Side.CLIENT}), feedback=dict.fromkeys(Side, 0),
    )  # fmt: skip
    assert summary([world.engagement], DAY) == {world.engagement.pk: Tally(in_place=0, late=1, weak=1, missing=26)}


def test_the_agreement_in_force_is_counted(world, version):
    terms = known(world.engagement).terms
    said = (terms.number, terms.since, terms.first_day, terms.last_day)
    assert said == (1, date(2026, 3, 2), date(2025, 1, 1), date(2026, 12, 31))
    assert (terms.needs, terms.objectives, terms.unmeasured) == (3, 5, 2)
    assert terms.ramps_until == date(2025, 6, 30)
    assert {kpi: said.days for kpi, said in terms.kpis.items()} == {
        "resolved-in-time": 31, "reopened": 31, "hours-to-close": 31, "backlog": 31, "urgent": 92, "satisfaction": 92,
        "our-answers": 92,
    }  # fmt: skip
    assert set(terms.kpis["resolved-in-time"].sources) == {"tickets", "holds", "duties"}
    assert terms.deliverers == dict.fromkeys(("tickets", "holds", "duties", "surveys"), tuple(Side))


@pytest.mark.parametrize(("agreed", "waits_for"), [("client", "The client"), ("partner", "Your side")])
def test_records_wait_for_who_may_deliver_them(world, version, have_deliver, agreed, waits_for):
    for source in ("tickets", "holds", "duties", "surveys"):
        have_deliver(agreed, source)
    assert known(world.engagement).terms.deliverers["surveys"] == (Side(agreed),)
    rows = {row.practice.id: row for row in coverage(world.editor, world.engagement, DAY)}
    assert (rows["M1"].waits_for, bool(rows["M1"].url)) == (waits_for, agreed == "partner")


def test_plans_and_duties_of_the_agreement_are_counted(world, version):
    said = yaml.safe_load(version.text) | {
        "outcome": {"levels": [1]},
        "communication": [
            {"id": "talk", "name": "Call", "kind": "meeting", "client": ["Lead"], "partner": ["Lead"],
             "rhythm": "weekly", "day": "tue", "channel": "Video"}
        ],
        "escalation": [
            {"id": "ladder", "name": "Ladder", "objectives": ["restore"], "kpis": ["reopened"],
             "levels": [{"name": "Desk", "client": "Lead", "partner": "Lead", "within": "4h"}],
             "executive": {"client": "Head", "partner": "Head"}}
        ],
        "duties": [
            {"id": "answer", "name": "Answers", "what": "Questions are answered", "kpi": "our-answers"},
            {"id": "forms", "name": "Forms", "what": "Forms are kept up to date", "due": "every January"},
        ],
        "settling": {"report": "5d"},
    }  # fmt: skip
    version.text = yaml.safe_dump(said)
    version.save()
    terms = known(world.engagement).terms
    assert terms.report_days == 5
    assert (terms.outcome_levels, terms.meetings, terms.reports) == (1, 1, 0)
    assert (terms.escalation_plans, terms.objectives_without_plan) == (1, 3)
    assert (terms.duties, terms.measured_duties) == (2, 1)


def test_a_plan_covers_an_objective_only_with_every_kpi_that_serves_it(world, version):
    """As the page of the agreement has it, which says of each objective that no plan covers it."""
    said = yaml.safe_load(version.text)
    serving = [kpi["id"] for kpi in said["kpis"] if kpi.get("objective") == "restore"]
    assert len(serving) > 1
    ladder = {"id": "ladder", "name": "Ladder", "executive": {"client": "Head", "partner": "Head"}, "levels": [
        {"name": "Desk", "client": "Lead", "partner": "Lead", "within": "4h"}]}  # fmt: skip
    found = {}
    for name, kpis in (("one", serving[:1]), ("every", serving)):
        version.text = yaml.safe_dump(said | {"escalation": [ladder | {"kpis": kpis}]})
        version.save()
        told = [one for one in open_points_of(world.engagement, version) if one.startswith("No escalation plan covers")]
        found[name] = known(world.engagement).terms.objectives_without_plan
        assert found[name] == len(told)
    assert found == {"one": 5, "every": 4}


def test_proposals_count_and_drafts_do_not(world, version, now):
    def add(number, stage, at):
        return AgreementVersion.objects.create(
            engagement=world.engagement, number=number, text="", digest="d" * 64, stage=stage, written_by="client",
            author=world.manager, created_at=at, proposed_at=at,
        )  # fmt: skip

    add(3, "draft", now)
    assert known(world.engagement).proposal is None
    proposed = add(2, "proposed", now - timedelta(days=20))
    Signature.objects.create(version=proposed, side="client", person=world.manager, digest="d" * 64, at=now)
    assert known(world.engagement).proposal == Proposal(2, date(2026, 2, 10), (Side.PARTNER,))


def test_records_are_told_by_their_newest_file(world, delivered, now):
    delivered("tickets", now - timedelta(days=9))
    delivered("holds", now)
    withdrawn = delivered("surveys", now)
    withdrawn.stage = "withdrawn"
    withdrawn.save()
    assert known(world.engagement).records == {"tickets": date(2026, 2, 21), "holds": DAY}


def test_results_are_told_by_their_latest_complete_period_in_the_agreements_zone(world, computed):
    computed("backlog", "2025-07-31T23:00:00+00:00", "below_target")
    computed("backlog", "2025-08-31T23:00:00+00:00", "no_data")
    computed("backlog", "2025-09-30T23:00:00+00:00", "below_minimum")
    computed("backlog", "2026-04-01T00:00:00+00:00", "met", is_complete=False)
    computed("reopened", "2025-10-31T23:00:00+00:00", "met", is_complete=False)
    facts = known(world.engagement)
    assert facts.results == {
        "backlog": KpiFacts(date(2025, 9, 30), is_measured=True, is_missed=True, measured=2, is_running=True),
        "reopened": KpiFacts(None),
    }
    assert not facts.are_results_outdated


def test_results_of_another_version_are_outdated(world, version, computed, now):
    computed("backlog", "2026-02-01T00:00:00+00:00")
    version.stage = "superseded"
    version.save()
    AgreementVersion.objects.create(
        engagement=world.engagement, number=2, text=version.text, stage="in_force", written_by="client",
        author=world.manager, created_at=now,
    )  # fmt: skip
    assert known(world.engagement).are_results_outdated
    assert states(world.manager, world.engagement)["M2"] is State.LATE


def test_documents_contacts_and_profile_are_those_of_the_engagements_partner(world, holding, now):
    for kind in KINDS:
        holding(kind, valid_until=date(2026, 3, 20) if kind == "nda" else None)
    Contact.objects.create(organisation=world.own, name="Reachable", email="desk@example.org")
    Contact.objects.create(organisation=world.own, name="A name alone")
    Profile.objects.create(organisation=world.own, website="https://example.org")
    facts, sibling = known(world.engagement), known(world.sibling_engagement)
    assert facts.to_share[0] == Paper(DocumentKind.NDA, DocumentStatus.EXPIRING, date(2026, 3, 20))
    assert {paper.status for paper in (*facts.to_share[1:], *facts.to_comply)} == {DocumentStatus.VALID}
    assert (facts.contacts, facts.has_website) == (1, True)
    assert {paper.status for paper in (*sibling.to_share, *sibling.to_comply)} == {DocumentStatus.MISSING}
    assert (sibling.contacts, sibling.has_website) == (0, False)


def test_people_of_a_sibling_do_not_count_for_a_partner(world, now):
    for person, at in ((world.sibling_signer, now), (world.viewer, now), (world.editor, now - timedelta(days=31))):
        person.last_login = at
        person.save()
    assert known(world.engagement).seen == {Side.CLIENT}
    assert known(world.sibling_engagement).seen == set(Side)
    world.own.people.update(is_active=False)
    assert known(world.engagement).peopled == {Side.CLIENT}


def test_figures_are_late_when_their_days_are_over(world, version):
    def line(period, ends, state, **figures):
        ends_at = datetime.fromisoformat(f"{ends}T00:00:00+00:00")
        place = {"engagement": world.engagement, "kpi": "backlog", "period": period}
        days = {"ends_at": ends_at, "closes_at": ends_at + timedelta(days=30)}
        return Line.objects.create(**place, **days, state=state, **figures)

    line("2025-12", "2026-01-01", "settled")
    line("2026-01", "2026-02-01", "agreed")
    line("2026-02a", "2026-02-11", "awaiting_client", partner="3")
    assert known(world.engagement).figures == Figures(2, 0, 1, {}, date(2026, 2, 10))
    line("2026-02b", "2026-02-10", "awaiting_client", partner="3")  # twenty days are over with this very day
    line("2026-02c", "2026-02-20", "awaiting_partner", client="3")
    contested = line("2026-02d", "2026-01-01", "disputed", partner="3", client="9")
    lapsed = line("2026-02e", "2026-01-01", "lapsed", partner="3", client="9")
    for disputed in (contested, lapsed):
        said = {"by": world.editor, "at": datetime.fromisoformat("2026-01-02T00:00:00+00:00")}
        Statement.objects.create(line=disputed, kind="dispute", side="partner", reason="Not ours", **said)
    found = known(world.engagement).figures
    late = {Side.CLIENT: 2, Side.PARTNER: 2}
    assert found == Figures(2, 1, 4, late, date(2026, 2, 19), Disputes(settled=0, lapsed=1, open=1))


def test_only_an_engagements_own_history_counts(world, version, now):
    for number, engagement in enumerate((world.engagement, world.engagement, world.sibling_engagement), start=1):
        Entry.objects.create(chain=engagement.chain, number=number, content={}, digest=str(number) * 64)
    assert known(world.engagement).history == 2


@pytest.fixture
def listed(world, now):
    def put(number, state="listed", **changes):
        values = {"origin": "missed_kpi", "responsible": "partner", "due_on": DAY - timedelta(2)} | changes
        return Issue.objects.create(
            engagement=world.engagement, number=number, title="Late", severity="minor", state=state,
            cause=f"missed_kpi:{number}", raised_at=now, **values,
        )  # fmt: skip

    return put


def test_only_what_somebody_has_still_to_mend_and_whose_day_is_over_everywhere_is_late(world, version, listed):
    for number, state in enumerate(("listed", "resolved", "proposed", "closed"), start=1):
        listed(number, state)
    listed(5, move="nobody")
    listed(6, due_on=DAY - timedelta(1))
    assert known(world.engagement).issues.overdue == {Side.PARTNER: 1}


def test_open_issues_about_missed_kpis_count_with_those_that_nobody_corrects(world, version, listed, now):
    Correction.objects.create(issue=listed(1), responsible="partner", began_at=now, moved_at=now)
    listed(2, responsible="client")
    listed(3, origin="by_hand")
    listed(4, "closed")
    found = known(world.engagement).issues
    assert (found.misses, found.uncorrected) == (2, {Side.CLIENT: 1, Side.PARTNER: 0})


def test_meetings_count_as_held_missed_lately_or_without_agreed_minutes(world, version):
    for days, state, minutes in (
        (-200, "missed", ""), (-100, "missed", ""), (-20, "held", "agreed"), (-15, "held", "draft"),
        (-14, "held", "proposed"), (1, "planned", ""),
    ):  # fmt: skip
        on = DAY + timedelta(days)
        meeting = Meeting.objects.create(
            engagement=world.engagement, series="call", name="Call", channel="Phone", state=state, planned_on=on,
            first_planned_on=on, held_on=on if state == "held" else None,
        )  # fmt: skip
        if minutes:
            Minutes.objects.create(meeting=meeting, state=minutes, written_by="client")
    assert known(world.engagement).meetings == Meetings(3, DAY - timedelta(14), missed=1, unagreed=1)


def test_reports_count_as_received_late_lately_or_owed(world, version):
    for days, state, was_late in (
        (-200, "received", True), (-100, "received", True), (-9, "received", False), (-5, "late", True),
        (5, "due", False),
    ):  # fmt: skip
        Report.objects.create(
            engagement=world.engagement, series="r", name="Report", channel="Mail", owed_by="partner", state=state,
            due_on=DAY + timedelta(days), was_late=was_late,
        )  # fmt: skip
    assert known(world.engagement).reports == Reports(3, 1, {Side.CLIENT: 0, Side.PARTNER: 1})


def test_escalations_are_kept_or_not_by_each_side(world, version, listed, now):
    escalation = Escalation.objects.create(
        issue=listed(1), number=1, plan="p", ladder={}, raised_by="client", started_at=now, level=0,
        entered_at=now, due_at=now, reason="Late",
    )  # fmt: skip
    Step.objects.create(
        escalation=escalation, level=0, name="Team", reason="Late", entered_at=now - timedelta(3),
        due_at=now - timedelta(2), expected_partner=world.editor,
    )  # fmt: skip
    assert known(world.engagement).escalations == Adherence(Conduct(), Conduct(unanswered=1))
    assert known(world.sibling_engagement).escalations == Adherence(Conduct(), Conduct())


def test_feedback_ratings_support_and_owners_are_those_of_the_engagement(world, version, now):
    said = {"engagement": world.engagement, "author": world.manager, "at": now, "by": "client"}
    Feedback.objects.create(**said, number=1, kind="recognition")
    Feedback.objects.create(**said, number=2, kind="recognition", state="withdrawn")
    Draft.objects.create(**said | {"by": "partner", "author": world.editor}, number=1, kind="recognition")
    for number, state, rating in ((1, "one_silent", ("client",)), (2, "open", ("client", "partner"))):
        opened = {"opened_by": world.manager, "opened_at": now, "closes_on": DAY, "questions": []}
        ended_at = None if state == "open" else now - timedelta(number)
        a_round = Round.objects.create(
            engagement=world.engagement, number=number, state=state, ended_at=ended_at, **opened
        )
        for side in rating:
            Rating.objects.create(round=a_round, side=side, answers={}, signed_by=world.manager, signed_at=now)
    for number, (due, kept) in enumerate(((-1, None), (0, None), (-5, DAY)), start=1):
        Promise.objects.create(
            engagement=world.engagement, number=number, by="client", kind="training", first_due_on=DAY,
            due_on=DAY + timedelta(due), promised_by=world.manager, promised_at=now, kept_on=kept,
        )  # fmt: skip
    Engagement.objects.filter(pk=world.engagement.pk).update(partner_owner=world.editor)
    found, sibling = known(Engagement.objects.get(pk=world.engagement.pk)), known(world.sibling_engagement)
    assert found.feedback == {Side.CLIENT: 1, Side.PARTNER: 0}
    assert found.rated == {Side.CLIENT: DAY - timedelta(1)}
    assert found.support == Support(3, 1, {Side.CLIENT: 1, Side.PARTNER: 0})
    assert (found.owned, sibling.owned) == (set(Side), {Side.CLIENT})
    assert (sibling.rated, sibling.support, sum(sibling.feedback.values())) == ({}, Support(), 0)
    world.editor.is_active = False
    world.editor.save()
    assert known(Engagement.objects.get(pk=world.engagement.pk)).owned == {Side.CLIENT}


def test_rating_is_a_step_of_who_signs_and_feedback_of_who_writes_or_signs(world, version):
    steps = {}
    for person in (world.editor, world.executive, world.viewer):
        rows = {row.practice.id: row for row in coverage(person, world.engagement, DAY)}
        steps[person.role] = {number for number in ("M9", "X5", "X6") if rows[number].url}
    assert steps == {"editor": {"X5", "X6"}, "executive": {"M9", "X5", "X6"}, "viewer": set()}


def test_both_sides_see_the_same_states(world, version, computed, delivered, holding, now):
    computed("backlog", "2026-02-01T00:00:00+00:00")
    delivered("tickets", now)
    holding("nda")
    seen = states(world.manager, world.engagement)
    assert seen == states(world.partner_viewer, world.engagement)
    judged = {number: state for number, state in seen.items() if state is not State.NOT_SUPPORTED}
    assert judged == {
        "F1": State.MISSING, "F4": State.MISSING, "A1": State.IN_PLACE, "A2": State.WEAK, "A3": State.IN_PLACE,
        "A6": State.IN_PLACE, "A8": State.IN_PLACE, "A10": State.IN_PLACE, "A11": State.WEAK, "C4": State.LATE,
        "M1": State.WEAK, "M2": State.WEAK, "M3": State.MISSING, "M4": State.WEAK, "M7": State.MISSING,
        "M8": State.WEAK, "M9": State.MISSING, "X5": State.MISSING, "X6": State.MISSING, "C3": State.WEAK,
        "C5": State.MISSING, "C1": State.WEAK, "C2": State.WEAK,
        "X1": State.IN_PLACE, "X2": State.IN_PLACE, "X3": State.IN_PLACE, "X4": State.MISSING, "R6": State.WEAK,
    }  # fmt: skip


def test_an_agreement_that_cannot_be_read_any_more_breaks_nothing(world, version):
    version.text = "rapport: ["
    version.save()
    assert known(world.engagement).terms is None


@pytest.mark.parametrize("many", [1, 30])
def test_the_number_of_queries_does_not_grow_with_engagements(world, version, now, django_assert_num_queries, many):
    for number in range(many):
        partner = Organisation.objects.create(name=f"Partner {number}", side="partner", created_at=now)
        engagement = Engagement.objects.create(
            partner=partner, title=f"Work {number}", client_owner=world.manager, created_at=now
        )
        AgreementVersion.objects.create(
            engagement=engagement, number=1, text=version.text, stage="in_force", written_by="client",
            author=world.manager, created_at=now,
        )  # fmt: skip
    engagements = list(Engagement.objects.all())
    with django_assert_num_queries(20):
        assert len(summary(engagements, DAY)) == many + 2
