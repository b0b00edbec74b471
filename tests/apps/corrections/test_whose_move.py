"""Whose move an issue is while its corrective action is under way, on every page and for the clock; and its day."""

from datetime import date, timedelta
from functools import partial
from random import Random

import pytest
from django.urls import reverse

from apps.corrections.conftest import KPI, START
from rapport.apps.audit.models import Entry
from rapport.apps.corrections import actions, queries
from rapport.apps.corrections.jobs import ask_to_close_what_worked, begin_anew_what_missed_again
from rapport.apps.corrections.models import Correction
from rapport.apps.escalations.jobs import start_what_is_overdue
from rapport.apps.escalations.models import Escalation
from rapport.apps.issues.actions import (
    change_task,
    confirm_issue,
    finish_task,
    give_task,
    reopen_issue,
    return_issue,
    settle_by_rule,
    take_over_issue,
    withdraw_task,
)
from rapport.apps.issues.models import Issue, Task
from rapport.apps.issues.queries.counts import issues_on, moves_of
from rapport.apps.kpis.models import Result
from rapport.apps.notices.models import Notice
from rapport.apps.portfolio.queries.matters import matters
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.corrections import Part, State
from rapport.domain.issues import Origin
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side


def today(person):
    """What Today asks of somebody."""
    return [need.what for need in matters(person, START.date())]


@pytest.fixture
def give(world):
    def given(issue, what, owner, due_on=date(2026, 3, 20)):
        words = {"owner": owner, "due_on": due_on, "at": START}
        return give_task(by=world.editor, engagement=world.engagement, issue=issue, what=what, **words)

    return given


@pytest.fixture
def planned(world, brought, give):
    """A corrective action whose plan has a task for either side, the latest by a day."""

    def plan(issue, until=date(2026, 3, 20)):
        correction = brought(issue, State.CAUSE_AGREED)
        give(issue, "Hire", world.editor)
        give(issue, "Approve the budget", world.manager, until)
        correction = actions.propose(by=world.editor, correction=correction, part=Part.PLAN, at=START)
        return actions.accept(by=world.manager, correction=correction, seen=correction.turn, at=START)

    return plan


def test_today_says_the_move_that_it_is_and_to_nobody_else(world, raised, brought):
    issue = raised()
    for state, partner, client in (
        (State.OPEN, "Write how it is contained: “Tickets are late”", None),
        (State.CONTAINED, "Find the cause and propose it: “Tickets are late”", None),
        (State.CAUSE_AGREED, "Make a plan and propose it: “Tickets are late”", None),
        (State.PLAN_AGREED, "Carry out the plan, then claim it done: “Tickets are late”", None),
        (State.VERIFYING, None, None),
    ):
        Correction.objects.all().delete()
        Task.objects.all().delete()
        brought(issue, state)
        found = [(one, today(person)) for one, person in ((partner, world.editor), (client, world.manager))]
        assert all([what for what in whats if "Tickets" in what] == ([one] if one else []) for one, whats in found)


def test_a_plan_waits_for_the_side_with_open_tasks(world, raised, planned, browser):
    issue = raised()
    planned(issue)
    finish_task(by=world.editor, task=Task.objects.get(what="Hire"), at=START)
    issue.refresh_from_db()
    assert issue.waits_for is Side.CLIENT
    assert "Do what the plan asks of your side: “Tickets are late”" in today(world.manager)
    assert today(world.editor) == []
    here = [world.engagement.pk]
    listed = browser("editor").get(reverse("issues:list", args=here)).content.decode()
    assert "theirs" in listed
    page = browser("editor").get(reverse("issues:issue", args=[*here, 1])).content.decode()
    assert "It is the client" in page
    finish_task(by=world.manager, task=Task.objects.get(what="Approve the budget"), at=START)
    assert today(world.editor) == ["Carry out the plan, then claim it done: “Tickets are late”"]
    assert moves_of(here)[world.engagement.pk] == {Side.PARTNER: 1}


def test_whoever_sees_to_the_corrective_action_finds_their_move_too(world, raised, brought):
    correction = brought(raised(), State.CONTAINED)
    assert today(world.signer) == []
    actions.name_owner(by=world.editor, correction=correction, owner=world.signer.pk, at=START)
    assert today(world.signer) == today(world.editor) == ["Find the cause and propose it: “Tickets are late”"]


def test_who_closes_it_is_asked_once_its_effect_is_shown_and_told_once(world, raised, brought, computed, clock):
    issue = raised()
    brought(issue, State.VERIFYING)
    [claimed] = Notice.objects.filter(recipient=world.manager, kind="correction").order_by("-pk")[:1]
    assert "you are asked to close it after 2 met periods" in TELLERS["correction"](world.manager, claimed.subject).text
    computed("2026-04")
    ask_to_close_what_worked(clock(62))
    assert today(world.manager) == []
    computed("2026-05")
    before = Notice.objects.count()
    for _ in range(2):
        ask_to_close_what_worked(clock(100))
    assert Notice.objects.count() == before + 1
    told = Notice.objects.latest("pk")
    assert (told.recipient, told.event) == (world.manager, f"correction:{told.subject}:round:1:shown")
    said = TELLERS["correction"](world.manager, told.subject).text
    assert "it is your side's move: close it now that its effect is shown" in said
    assert today(world.manager) == ["Close the corrective action, its effect is shown: “Tickets are late”"]
    assert today(world.editor) == []

    computed("2026-05", "no_data", None)  # the file is taken back
    ask_to_close_what_worked(clock(101))
    assert today(world.manager) == []
    computed("2026-05")
    ask_to_close_what_worked(clock(102))
    assert Notice.objects.count() == before + 1
    actions.close(by=world.manager, correction=Correction.objects.get(), note="", at=clock(102))
    assert today(world.editor) == ["Say that it is mended: “Tickets are late”"]


def test_where_no_figures_show_it_the_other_side_is_asked_at_once(world, raised, brought):
    brought(raised(kpi="", cause="", origin="by_hand", proposed_by="client"), State.VERIFYING)
    assert today(world.manager) == ["Say whether it worked: “Tickets are late”"]
    said = TELLERS["correction"](world.manager, Correction.objects.get().pk).text
    assert "your side's move: say whether it worked" in said


def test_a_kpi_that_is_agreed_on_no_more_leaves_it_to_the_other_sides_word(world, raised, brought):
    issue = raised()
    brought(issue, State.VERIFYING)
    Issue.objects.update(kpi="not-agreed-any-more")
    ask_to_close_what_worked(START)
    issue.refresh_from_db()
    assert issue.waits_for is Side.CLIENT


def test_a_kpi_that_is_agreed_on_no_more_while_its_proof_runs_leaves_it_to_a_word_too(
    world, agreed, raised, brought, computed, clock, browser
):
    """Its figures stay, and whoever closes it is asked once, whatever they say."""
    brought(raised(), State.VERIFYING)
    computed("2026-04")
    ask_to_close_what_worked(clock(62))
    assert today(world.manager) == []
    agreed.text = agreed.text.replace(KPI, "closed-in-time")
    agreed.save()
    before = Notice.objects.count()
    for days in (63, 64):
        ask_to_close_what_worked(clock(days))
    assert today(world.manager) == ["Say whether it worked: “Tickets are late”"]
    assert (Notice.objects.count(), queries.with_another_move()) == (before + 1, [])
    told = Notice.objects.latest("pk")
    assert "your side's move: say whether it worked" in TELLERS[told.kind](world.manager, told.subject).text
    actions.close(by=world.manager, correction=Correction.objects.get(), note="Nobody waits.", at=clock(65))


def test_an_agreement_that_cannot_be_read_any_more_leaves_it_to_a_word_and_holds_up_nobody(
    world, agreed, raised, brought, clock
):
    brought(raised(), State.VERIFYING)
    agreed.text = "nothing: readable"
    agreed.save()
    ask_to_close_what_worked(clock(62))
    assert today(world.manager) == ["Say whether it worked: “Tickets are late”"]
    assert queries.with_another_move() == []


@pytest.mark.parametrize(
    ("state", "side", "notices"),
    [(State.VERIFYING, None, 0), (State.CONTAINED, Side.CLIENT, 0), (State.DOING, Side.PARTNER, 0)],
)
def test_a_move_that_was_never_kept_is_mended_without_a_word(world, raised, brought, state, side, notices):
    """As with what was under way before moves were kept."""
    issue = raised()
    correction = brought(issue, state)
    if state is State.CONTAINED:
        why = actions.add_cause(by=world.editor, correction=correction, text="A", at=START)
        actions.add_cause(by=world.editor, correction=correction, text="B", evidence="C", parent=why.pk, at=START)
        actions.propose(by=world.editor, correction=correction, part=Part.CAUSE, at=START)
    Issue.objects.update(move="responsible")
    before = Notice.objects.count()
    ask_to_close_what_worked(START)
    issue.refresh_from_db()
    assert (issue.waits_for, Notice.objects.count() - before) == (side, notices)


def test_a_corrective_action_goes_on_after_its_issue_was_settled_by_itself(world, raised, brought, browser, clock):
    issue = raised(origin="late_report", cause="late_report:monthly", kpi="", severity="minor")
    brought(issue, State.CONTAINED)
    settle_by_rule(
        engagement=world.engagement.pk, origin=Origin.LATE_REPORT, subject="monthly", reason="It came in.", at=START
    )
    assert today(world.editor) == ["Find the cause and propose it: “Tickets are late”"]
    assert today(world.manager) == []
    page = browser("editor").get(reverse("corrections:show", args=[world.engagement.pk, 1])).content.decode()
    assert "The issue is closed, and its corrective action goes on" in page
    correction = Correction.objects.get()
    said = TELLERS["correction"](world.editor, correction.pk).text
    assert "it is your side's move: find the cause and propose it" in said
    assert "to be mended by" not in said
    Correction.objects.update(state="closed", closed_at=START)
    assert today(world.editor) == []
    assert TELLERS["correction"](world.editor, correction.pk).text.endswith(": closed: it worked.")


def test_what_came_back_is_asked_of_the_issue_and_not_to_be_said_again(world, raised, brought, computed, clock):
    issue = raised()
    correction = brought(issue, State.VERIFYING)
    for month in ("2026-04", "2026-05"):
        computed(month)
    actions.close(by=world.manager, correction=correction, note="", at=clock(100))
    assert today(world.editor) == ["Say that it is mended: “Tickets are late”"]
    actions.resolve(by=world.editor, issue=issue, what="Hired", at=clock(101))
    return_issue(by=world.manager, issue=issue, reason="Sundays are left.", at=clock(102))
    assert today(world.editor) == ["Mend “Tickets are late”"]
    actions.resolve(by=world.editor, issue=issue, what="Sundays too", at=clock(103))  # its proof still counts
    confirm_issue(by=world.manager, issue=issue, at=clock(104))
    assert today(world.editor) == []
    reopen_issue(by=world.manager, issue=issue, reason="It is back.", at=clock(105))
    assert today(world.editor) == ["Mend “Tickets are late”"]
    with pytest.raises(Refused, match="start the corrective action"):  # what was proved before counts no more
        actions.resolve(by=world.editor, issue=issue, what="Again", at=clock(106))
    again = actions.start_correction(by=world.editor, issue=issue, at=clock(107))
    assert (again.round, today(world.editor)) == (2, ["Write how it is contained: “Tickets are late”"])


@pytest.mark.parametrize(("until", "day"), [(date(2026, 3, 20), 30), (date(2026, 4, 24), 24)])
def test_a_plan_that_ends_later_moves_the_day_that_both_sides_agreed_to(world, raised, planned, until, day):
    issue = raised()
    planned(issue, until)
    issue.refresh_from_db()
    is_moved = until > date(2026, 3, 30)
    assert issue.due_on == (until if is_moved else date(2026, 3, 30))
    moved = [one.content for one in Entry.objects.all() if one.content["verb"] == "issue.day_set"]
    details = {"due": "2026-04-24", "instead of": "2026-03-30"}
    said = [{**details, "reason": "The plan that both sides agreed to ends on this day."}]
    assert [one["details"] for one in moved] == (said if is_moved else [])
    assert not Notice.objects.filter(kind="issue").exists()  # the day is told with the acceptance
    said = TELLERS["correction"](world.editor, Correction.objects.get().pk).text
    assert f"to be mended by {issue.due_on:%a %-d %b %Y}" in said
    assert issue.due_on.day == day


@pytest.mark.parametrize(
    ("words", "day"),
    [({}, date(2026, 6, 30)), ({"kpi": "", "cause": "", "origin": "by_hand"}, date(2026, 3, 30))],
)
def test_who_claims_it_done_has_until_its_proof_can_stand(world, raised, brought, words, day):
    """April and May, and the ten, ten and ten days in which their figures are settled; a week for a word is over."""
    issue = raised(**words)
    brought(issue, State.VERIFYING)
    issue.refresh_from_db()
    assert issue.due_on == day
    assert not Notice.objects.filter(kind="issue").exists()


@pytest.mark.parametrize(
    ("state", "escalates"), [(State.CONTAINED, True), (State.DOING, True), (State.VERIFYING, False)]
)
def test_only_whose_move_it_is_is_escalated(world, raised, brought, computed, state, escalates, clock):
    brought(raised(), state)
    Issue.objects.update(due_on=date(2026, 3, 1))
    assert issues_on([world.engagement.pk], START.date())[world.engagement.pk].overdue == (
        {Side.PARTNER: 1} if escalates else {}
    )
    start_what_is_overdue(clock(2))
    assert Escalation.objects.count() == escalates
    if not escalates:
        for month in ("2026-04", "2026-05"):
            computed(month)
        ask_to_close_what_worked(clock(100))
        start_what_is_overdue(clock(101))
        assert not Escalation.objects.exists()  # it waits for the client to close it


OTHER = {"client": "partner", "partner": "client"}


class Walk:
    """Two people who take any step that comes to their minds with one issue, mostly the one that is next."""

    def __init__(self, world, issue, computed, seed):
        self.world, self.computed, self.random = world, computed, Random(seed)
        self.issue, self.at, self.months = issue, START, iter(range(4, 60))
        self.people = {Side.PARTNER: world.editor, Side.CLIENT: world.manager}

    @property
    def correction(self):
        return queries.correction_of(self.world.manager, self.issue)

    def person(self):
        return self.random.choice(list(self.people.values()))

    def next(self):
        found = self.correction
        if found is None or found.state == State.CLOSED:
            return actions.start_correction(by=self.person(), issue=self.issue, at=self.at)
        rule, to = queries.rule_of(found), {"correction": found, "at": self.at}
        mine, theirs = {"by": self.people[rule.responsible]}, {"by": self.people[rule.responsible.other]}
        if rule.proposed:
            return actions.accept(seen=found.turn, **theirs, **to)
        match rule.state:
            case State.OPEN:
                return actions.contain(how="So", **mine, **to)
            case State.CONTAINED:
                above = queries.causes_of(found).first()
                words = {"text": "Because", "evidence": "Seen", "parent": above.pk if above else None}
                actions.add_cause(**words, **mine, **to)
                return actions.propose(part=Part.CAUSE, **mine, **to)
            case State.CAUSE_AGREED:
                actions.name_owner(owner=mine["by"].pk, **mine, **to)
                for side in self.people:
                    self.give(self.people[side])
                return actions.propose(part=Part.PLAN, **mine, **to)
            case State.PLAN_AGREED | State.DOING:
                return self.finish() if self.open_tasks() else actions.claim(**mine, **to)
            case _:
                self.figures()
                return actions.close(note="It works.", **theirs, **to)

    def open_tasks(self):
        return list(self.issue.tasks.filter(done_at=None))

    def give(self, owner=None):
        words = {"what": "Do it", "owner": owner or self.person(), "due_on": self.at.date() + timedelta(9)}
        give_task(by=self.person(), engagement=self.issue.engagement, issue=self.issue, at=self.at, **words)

    def finish(self):
        if tasks := self.open_tasks():
            task = self.random.choice(tasks)
            finish_task(by=self.people[Side(task.side)], task=task, at=self.at)

    def change(self):
        """Anybody says any open task in other words, moves its day or hands it on."""
        task = self.random.choice(self.open_tasks() or [None])
        if task:
            asked = {"what": task.what, "owner": task.owner, "due_on": task.due_on} | self.random.choice(
                [{"what": "Do more"}, {"owner": self.person()}, {"due_on": task.due_on + timedelta(3)}]
            )
            change_task(by=self.person(), task=task, seen=task.turn, at=self.at, **asked)

    def withdraw(self):
        if tasks := self.open_tasks():
            withdraw_task(by=self.person(), task=self.random.choice(tasks), reason="Not needed.", at=self.at)

    def figures(self):
        number = next(self.months)
        status = self.random.choice(["met", "met", "met", "no_data", "below_target"])
        self.computed(f"{2026 + (number - 1) // 12}-{(number - 1) % 12 + 1:02}", status)
        begin_anew_what_missed_again(self.at)
        ask_to_close_what_worked(self.at)

    def take_over(self):
        take_over_issue(by=self.person(), issue=self.issue, at=self.at)

    def send_back(self):
        actions.send_back(by=self.person(), correction=self.correction, reason="Not yet.", at=self.at)

    def fail(self):
        actions.fail(by=self.person(), correction=self.correction, reason="Again.", at=self.at)

    def resolve(self):
        actions.resolve(by=self.person(), issue=self.issue, what="Done", at=self.at)

    def back(self):
        mender, to = Side(self.issue.resolved_by), {"issue": self.issue, "at": self.at}
        if self.issue.state == "resolved":
            self.random.choice([confirm_issue, partial(return_issue, reason="No.")])(by=self.people[mender.other], **to)
        else:
            reopen_issue(by=self.person(), reason="Again.", **to)

    def step(self):
        others = (
            self.give, self.finish, self.figures, self.take_over, self.send_back, self.fail, self.resolve,
            self.change, self.withdraw,
        )  # fmt: skip
        self.at += timedelta(days=1)
        try:
            step = self.random.choices([self.next, self.random.choice(others)], [3, 1 if self.correction else 0])[0]
            (step if self.issue.state == "listed" else self.back)()
        except Refused:
            return

    def expected(self):
        """Whose move it is, told from the rows alone."""
        found, mender = self.correction, self.issue.responsible
        if found is None or found.state == "closed":
            return mender
        if found.state in ("open", "contained", "cause_agreed"):
            return OTHER[mender] if found.proposed and found.responsible == mender else mender
        if found.state == "verifying":
            return OTHER[found.responsible] if self.is_shown(found) else None
        open_for = set(Task.objects.filter(pk__in=found.plan, done_at=None).values_list("side", flat=True))
        return OTHER[found.responsible] if open_for == {OTHER[found.responsible]} else found.responsible

    def is_shown(self, found):
        """Whether enough months since the claim were met and none missed; where no KPI shows it, at once."""
        since = list(Result.objects.filter(starts_at__gte=found.claimed_at).values_list("status", flat=True))
        return not self.issue.kpi or ("below_target" not in since and since.count("met") >= found.proof_periods)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kpi", [KPI, ""])
def test_whose_move_it_is_is_kept_right_whatever_the_two_sides_do(world, raised, computed, seed, kpi):
    words = {} if kpi else {"kpi": "", "cause": "", "origin": "by_hand"}
    walk, reached = Walk(world, raised(**words), computed, seed), set()
    for _ in range(60):
        walk.step()
        walk.issue.refresh_from_db()
        if walk.issue.state == "listed":
            assert walk.issue.waits_for == walk.expected(), walk.correction
            reached |= {walk.correction.state} if walk.correction else set()
            assert moves_of([world.engagement.pk])[world.engagement.pk].get(walk.issue.waits_for, 0) == (
                walk.issue.waits_for is not None
            )
    assert {"contained", "cause_agreed", "plan_agreed", "verifying"} <= reached
