"""What is off in the demo portfolio, and what the two sides do about it; told in days before the present."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport.apps.accounts.models import Person
    from rapport.apps.corrections.models import Correction
    from rapport.apps.engagements.models import Engagement
    from rapport.apps.issues.models import Issue
    from rapport.domain.corrections import Part

Steps = list[tuple[datetime, Callable[[datetime], object]]]


@dataclass(frozen=True)
class Why:
    """How a gap is kept from doing more harm, why it is there, and what shows that."""

    contained: str
    symptom: str
    cause: str
    evidence: str


_WHY_ASTRAY = Why(
    "Letters of the last weeks are checked against the new addresses by hand.", "The address file is a month old",
    "Nobody asks for it before the month ends", "The handover list names nobody for it.",
)  # fmt: skip
_WET = "Documents come wet through the rain"
_WHY_WET = Why(
    "Documents wait indoors while it rains.", "The trolleys have no covers",
    "Covers were left out when trolleys were ordered", "The order of March names trolleys only.",
)  # fmt: skip


@dataclass(frozen=True)
class Trouble:
    """One engagement's people, who raise issues and answer them."""

    manager: "Person"
    signer: "Person"
    engagement: "Engagement"

    def desk(self, now: datetime) -> Steps:
        """Calls that nobody answers: approved, worked on, said to be mended. And questions the client leaves open."""
        calls, questions = "Calls after five are not answered", "Questions about tickets stay unanswered for days"
        return [
            (now - timedelta(days=24), partial(self._raise, self.manager, calls, "partner")),
            (now - timedelta(days=23), lambda at: self._step("approve_issue", self.signer, calls, at)),
            (now - timedelta(days=23), partial(self._say, self.manager, calls, "They said the same in June.", True)),
            (
                now - timedelta(days=22),
                partial(self._say, self.signer, calls, "A second shift has begun.", False),
            ),
            (now - timedelta(days=22), partial(self._give, calls, "Send the plan of the second shift")),
            (now - timedelta(days=15), self._edition),
            (now - timedelta(days=12), self._finish),
            (now - timedelta(days=6), partial(self._mended, calls, "The second shift takes calls until seven.")),
            (now - timedelta(days=2), partial(self._raise, self.signer, questions, "client")),
        ]

    def claims(self, now: datetime) -> Steps:
        """Letters that go astray: a corrective action under way, and past its day, so that it climbs by itself."""
        letters = "Letters to policyholders go to old addresses"
        return [
            (now - timedelta(days=36), partial(self._explain, letters, _WHY_ASTRAY)),
            (now - timedelta(days=33), partial(self._plan, letters)),
            *((now - timedelta(days=days), _by_itself) for days in range(9, 0, -1)),
            (now - timedelta(days=40), partial(self._raise, self.manager, letters, "partner")),
            (now - timedelta(days=38), lambda at: self._step("approve_issue", self.signer, letters, at)),
            (now - timedelta(days=30), partial(self._say, self.signer, letters, "The address file comes late.", False)),
        ]

    def documents(self, now: datetime) -> Steps:
        """Documents that get wet: mended at the cause; months of figures show that it worked."""
        return [
            (now - timedelta(days=170), partial(self._raise, self.manager, _WET, "partner")),
            (now - timedelta(days=168), lambda at: self._step("approve_issue", self.signer, _WET, at)),
            (now - timedelta(days=165), partial(self._explain, _WET, _WHY_WET)),
            (now - timedelta(days=160), partial(self._plan_to_be_seen, _WET, "Put covers on all trolleys", "damaged")),
            (now - timedelta(days=148), partial(self._claim, _WET)),
        ]

    def surveys(self, now: datetime) -> Steps:
        """A report that nobody hands in."""
        return [(now - timedelta(days=32), self._follow_plan)]

    def prove(self, at: datetime) -> None:
        """Close what has worked, now that there are figures, and confirm that it is mended."""
        from rapport.apps.corrections.actions import close

        close(by=self.manager, correction=self._correction(_WET), note="Two dry months.", at=at)
        self._mended(_WET, "All trolleys have covers.", at)
        self._step("confirm_issue", self.manager, _WET, at)

    def _issue(self, title: str) -> "Issue":
        from rapport.apps.issues.models import Issue

        return Issue.objects.get(engagement=self.engagement, title=title)

    def _raise(self, by: "Person", title: str, responsible: str, at: datetime) -> None:
        from rapport.apps.issues.actions import Gap, raise_issue
        from rapport.domain.roles import Side

        raise_issue(by=by, engagement=self.engagement, gap=Gap(title, responsible=Side(responsible)), at=at)

    def _step(self, step: str, by: "Person", title: str, at: datetime) -> None:
        from rapport.apps.issues import actions

        getattr(actions, step)(by=by, issue=self._issue(title), at=at)

    def _say(self, by: "Person", title: str, text: str, is_private: bool, at: datetime) -> None:
        from rapport.apps.issues.actions import comment_on

        comment_on(by=by, issue=self._issue(title), text=text, is_private=is_private, at=at)

    def _give(self, title: str, what: str, at: datetime) -> None:
        from rapport.apps.issues.actions import give_task

        due_on = (at + timedelta(days=14)).date()
        give_task(
            by=self.manager, engagement=self.engagement, issue=self._issue(title), what=what, owner=self.signer,
            due_on=due_on, at=at,
        )  # fmt: skip

    def _finish(self, at: datetime) -> None:
        from rapport.apps.issues.actions import finish_task
        from rapport.apps.issues.models import Task

        finish_task(by=self.signer, task=Task.objects.get(engagement=self.engagement), at=at)

    def _mended(self, title: str, what: str, at: datetime) -> None:
        from rapport.apps.corrections.actions import resolve

        resolve(by=self.signer, issue=self._issue(title), what=what, at=at)

    def _explain(self, title: str, why: "Why", at: datetime) -> None:
        """The gap contained, its causes found and agreed."""
        from rapport.apps.corrections import actions
        from rapport.domain.corrections import Part

        correction = actions.start_correction(by=self.signer, issue=self._issue(title), at=at)
        correction = actions.contain(by=self.signer, correction=correction, how=why.contained, at=at)
        symptom = actions.add_cause(by=self.signer, correction=correction, text=why.symptom, at=at)
        actions.add_cause(
            by=self.signer, correction=correction, text=why.cause, parent=symptom.pk, evidence=why.evidence, at=at
        )  # fmt: skip
        self._agree(title, Part.CAUSE, at)

    def _plan(self, title: str, at: datetime) -> None:
        """What both sides do about it, agreed and begun; each still has something to do."""
        from rapport.apps.issues.actions import finish_task, give_task
        from rapport.domain.corrections import Part

        issue, due_on = self._issue(title), (at + timedelta(days=20)).date()
        give = partial(give_task, by=self.signer, engagement=self.engagement, issue=issue, due_on=due_on, at=at)
        task = give(what="Ask for the address file every Monday", owner=self.signer)
        give(what="Send the letters that went astray once more", owner=self.signer)
        give(what="Send the address file every Monday", owner=self.manager)
        self._agree(title, Part.PLAN, at)
        finish_task(by=self.signer, task=task, at=at)

    def _plan_to_be_seen(self, title: str, what: str, kpi: str, at: datetime) -> None:
        """One thing that is done about it, and the KPI in whose next two periods that is to be seen."""
        from rapport.apps.corrections.actions import set_measure
        from rapport.domain.corrections import Part

        set_measure(by=self.signer, correction=self._correction(title), kpi=kpi, periods=2, at=at)
        self._give(title, what, at)
        self._agree(title, Part.PLAN, at)

    def _claim(self, title: str, at: datetime) -> None:
        from rapport.apps.corrections.actions import claim

        self._finish(at)
        claim(by=self.signer, correction=self._correction(title), at=at)

    def _agree(self, title: str, part: "Part", at: datetime) -> None:
        """A part is laid before the client, who accepts it."""
        from rapport.apps.corrections.actions import accept, propose

        proposed = propose(by=self.signer, correction=self._correction(title), part=part, at=at)
        accept(by=self.manager, correction=proposed, seen=proposed.turn, at=at)

    def _correction(self, title: str) -> "Correction":
        from rapport.apps.corrections.models import Correction

        return Correction.objects.get(issue=self._issue(title))

    def _follow_plan(self, at: datetime) -> None:
        """Meetings and reports are entered as the agreement has them."""
        from rapport.apps.meetings.actions import enter_plans
        from rapport.apps.meetings.queries import plans

        number = self.engagement.pk
        enter_plans(plans={number: plans()[number]}, engagement=number, at=at)

    def _edition(self, at: datetime) -> None:
        from rapport.apps.issues.actions import approve_edition, make_edition

        edition = make_edition(by=self.manager, engagement=self.engagement, at=at)
        approve_edition(by=self.manager, edition=edition, at=at)


def _by_itself(at: datetime) -> None:
    """What happens on a day without anybody: what is overdue starts to climb, and climbs on."""
    from rapport.apps.escalations.jobs import start_what_is_overdue
    from rapport.apps.timers.jobs import ring_due_timers
    from rapport.schedule import ACTS

    start_what_is_overdue(at)
    ring_due_timers(at, ACTS)
