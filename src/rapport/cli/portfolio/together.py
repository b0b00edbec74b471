"""What the two sides of the demo portfolio's service desk tell each other; told in days before the present."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from rapport.cli.portfolio.troubles import Steps

if TYPE_CHECKING:
    from rapport.apps.accounts.models import Person
    from rapport.apps.engagements.models import Engagement
    from rapport.apps.feedback.actions import Words
    from rapport.apps.feedback.models import Feedback, Promise, Round

_CLIENT = ((4, 3, 4, 4, 3), (3, 4, 2, 3, 2), (3, 3, 2, 4, 3))
_PARTNER = ((3, 4, 4, 4, 2), (4, 4, 4, 5, 3), (4, 4, 4, 5, 3))
"""What each side answers in the rounds, the earliest first."""
_NOTES = {
    "client": {"responsiveness": "Who calls after five waits until the morning."},
    "partner": {"fairness": "Late approvals count against us."},
}


@dataclass(frozen=True)
class Together:
    """The people who speak for their sides."""

    manager: "Person"
    signer: "Person"
    engagement: "Engagement"

    def steps(self, now: datetime) -> Steps:
        """Recognition, a change that is asked for and answered, a draft, ratings, and support kept, owed and late."""
        found: Steps = [
            (now - timedelta(days=34), self._praise),
            (now - timedelta(days=33), self._thank),
            (now - timedelta(days=20), self._ask),
            (now - timedelta(days=18), self._reply),
            (now - timedelta(days=3), self._praise_back),
            (now - timedelta(days=1), self._draft),
            (now - timedelta(days=60), partial(self._promise, "Training on the new policy system", "training", 25)),
            (now - timedelta(days=37), self._give),
            (now - timedelta(days=40), partial(self._promise, "Read access to the claims calendar", "access", 36)),
            (now - timedelta(days=15), partial(self._promise, "Two key users to answer questions", "resources", 25)),
            (now - timedelta(days=2), self._move),
        ]
        for number, back in enumerate((190, 100)):
            found += self._round(number, now - timedelta(days=back))
        last = now - timedelta(days=4)
        found.append((last, partial(self._open, "the last three months")))
        found.append((last + timedelta(days=1), partial(self._rate, self.signer, _PARTNER[2])))
        return found

    def _round(self, number: int, opened: datetime) -> Steps:
        named = f"{opened - timedelta(days=90):%b} to {opened:%b %Y}"
        return [
            (opened, partial(self._open, named)),
            (opened + timedelta(days=2), partial(self._rate, self.manager, _CLIENT[number])),
            (opened + timedelta(days=3), partial(self._rate, self.signer, _PARTNER[number])),
        ]

    def _open(self, period: str, at: datetime) -> None:
        from rapport.apps.feedback.actions import open_round

        closes_on = (at + timedelta(days=14)).date()
        open_round(by=self.manager, engagement=self.engagement, period=period, closes_on=closes_on, at=at)

    def _rate(self, by: "Person", scores: tuple[int, ...], at: datetime) -> None:
        from rapport.apps.feedback.actions import rate
        from rapport.domain.ratings import QUESTIONS, Answer

        answers = {
            one.id: Answer(score, _NOTES[by.side.value].get(one.id, "") if score <= 3 else "")
            for one, score in zip(QUESTIONS, scores, strict=True)
        }
        rate(by=by, round=self._latest_round(), answers=answers, at=at)

    def _praise(self, at: datetime) -> None:
        words = self._words(
            "recognition", people="The night shift", team="The night shift", seen="The outage of the claims screen was "
            "found and told before the first call came.", effect="No branch opened without a working screen.",
        )  # fmt: skip
        self._share(self.manager, words, at)

    def _thank(self, at: datetime) -> None:
        from rapport.apps.feedback.actions import answer

        text = "We have passed it on; the shift keeps its new watch list."
        answer(by=self.signer, feedback=self._latest_feedback(), text=text, at=at)

    def _ask(self, at: datetime) -> None:
        words = self._words(
            "change", team="Key users", seen="Twelve tickets waited for a key user last month, the longest "
            "for six days.", effect="Their pauses hide how long people really wait.",
            asked="Name a deputy for each key user, and answer within one working day.",
        )  # fmt: skip
        self._share(self.signer, words, at)

    def _reply(self, at: datetime) -> None:
        from rapport.apps.feedback.actions import answer

        text = "Agreed. Deputies are named for claims and policies; underwriting follows."
        answer(by=self.manager, feedback=self._latest_feedback(), text=text, at=at)

    def _praise_back(self, at: datetime) -> None:
        words = self._words(
            "recognition", people="Claims key users", team="Claims key users",
            seen="Since deputies were named every question was answered on the same day.",
            effect="Tickets are closed on the first call again.",
        )  # fmt: skip
        self._share(self.signer, words, at)

    def _draft(self, at: datetime) -> None:
        from rapport.apps.feedback.actions import keep_draft

        words = self._words("change", seen="The weekly call starts late.", effect="People leave before the end.")
        keep_draft(by=self.manager, engagement=self.engagement, words=words, at=at)

    def _promise(self, what: str, kind: str, days: int, at: datetime) -> None:
        from rapport.apps.feedback.actions import Offer, make_promise
        from rapport.domain.support import Kind

        due_on = (at + timedelta(days=days)).date()
        offer = Offer(Kind(kind), what, "The service desk", "The desk's lead confirms it in the weekly call", due_on)
        make_promise(by=self.manager, engagement=self.engagement, offer=offer, at=at)

    def _give(self, at: datetime) -> None:
        from rapport.apps.feedback.actions import keep_promise

        note = "Two mornings with eleven people of the desk; the list of who was there is with the desk's lead."
        keep_promise(by=self.manager, promise=self._promised("training"), note=note, at=at)

    def _move(self, at: datetime) -> None:
        from rapport.apps.feedback.actions import ask_to_move

        promise = self._promised("resources")
        to, reason = promise.due_on + timedelta(days=7), "One of the two is away until then."
        ask_to_move(by=self.manager, promise=promise, to=to, reason=reason, at=at)

    def _words(self, kind: str, **said: Any) -> "Words":
        from rapport.apps.feedback.actions import Words
        from rapport.domain.feedback import Kind

        return Words(Kind(kind), **said)

    def _share(self, by: "Person", words: "Words", at: datetime) -> None:
        from rapport.apps.feedback.actions import keep_draft, share_draft

        share_draft(by=by, draft=keep_draft(by=by, engagement=self.engagement, words=words, at=at), at=at)

    def _latest_feedback(self) -> "Feedback":
        from rapport.apps.feedback.models import Feedback

        return Feedback.objects.filter(engagement=self.engagement)[0]

    def _latest_round(self) -> "Round":
        from rapport.apps.feedback.models import Round

        return Round.objects.filter(engagement=self.engagement)[0]

    def _promised(self, kind: str) -> "Promise":
        from rapport.apps.feedback.models import Promise

        return Promise.objects.get(engagement=self.engagement, kind=kind)
