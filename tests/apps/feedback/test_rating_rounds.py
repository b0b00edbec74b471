"""Rounds of ratings: sealed until both have spoken, or until the days are over."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.api.conftest import program, secret_of
from rapport.apps.audit.models import Entry
from rapport.apps.engagements.models import Engagement
from rapport.apps.feedback import actions, queries
from rapport.apps.feedback.jobs import ACTS
from rapport.apps.feedback.models import Rating, Round
from rapport.apps.notices.models import Notice
from rapport.apps.notices.queries import told
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.apps.portfolio.queries.together import about_working_together
from rapport.apps.timers.jobs import ring_due_timers
from rapport.domain.ratings import QUESTIONS, Answer
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

__all__ = ["program", "secret_of"]

IDS = [one.id for one in QUESTIONS]


@pytest.fixture
def frozen(monkeypatch, now):
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def opened(world, now):
    world.engagement.partner_owner = world.signer
    world.engagement.save()
    last = now.date() + timedelta(days=14)
    return actions.open_round(by=world.editor, engagement=world.engagement, period="Q4 2025", closes_on=last, at=now)


def rate(person, one, score, at, note="zzz-secret", turn=0):
    return actions.rate(by=person, round=one, answers=dict.fromkeys(IDS, Answer(score, note)), turn=turn, at=at)


def typed(score, note, turn="0"):
    return {"turn": turn} | dict.fromkeys(IDS, str(score)) | {f"{one}_note": note for one in IDS}


def means(engagement):
    return queries.latest_ratings([engagement.pk]).get(engagement.pk)


def test_nothing_of_a_sealed_rating_leaves_before_both_have_spoken(world, opened, now, signed_in, frozen):
    rate(world.manager, opened, 2, now)
    page = f"/engagements/{world.engagement.pk}/feedback/ratings/1/"
    before = signed_in(world.signer).get(page).content
    assert b"zzz-secret" not in before
    assert b"waits for us" in before
    assert b"zzz-secret" in signed_in(world.manager).get(page).content
    rate(world.manager, opened, 1, now + timedelta(hours=1), note="zzz-secret " * 50, turn=1)
    assert len(signed_in(world.signer).get(page).content) == len(before)
    assert means(world.engagement) is None
    entries = [one.content for one in Entry.objects.filter(chain=world.engagement.chain)]
    assert [one["verb"] for one in entries] == ["rating.opened", "rating.given"]
    assert entries[1]["details"] == {"side": "client"}
    rate(world.signer, opened, 5, now + timedelta(hours=2))
    assert means(world.engagement) == {Side.CLIENT: Fraction(1), Side.PARTNER: Fraction(5)}
    assert b"zzz-secret" in signed_in(world.partner_viewer).get(page).content
    with pytest.raises(Refused, match="nobody can rate in it any more"):
        rate(world.manager, opened, 5, now + timedelta(hours=3))


def test_the_timer_ends_a_round_and_the_silent_side_is_too_late(world, opened, now):
    rate(world.manager, opened, 4, now)
    for days in (11.7, 14.6):
        ring_due_timers(now + timedelta(days=days), ACTS)
        opened.refresh_from_db()
        assert opened.state == "open"
    assert Notice.objects.filter(event=f"rating:{opened.pk}:reminded").get().recipient == world.signer
    ring_due_timers(now + timedelta(days=15), ACTS)
    ring_due_timers(now + timedelta(days=15), ACTS)
    opened.refresh_from_db()
    assert opened.state == "one_silent"
    assert means(world.engagement) == {Side.CLIENT: Fraction(4)}
    with pytest.raises(Refused, match="nobody can rate in it any more"):
        rate(world.signer, opened, 5, now + timedelta(days=15))


def test_a_round_that_is_under_way_changes_nothing_of_the_latest_ratings(world, opened, now):
    rate(world.manager, opened, 4, now)
    rate(world.signer, opened, 3, now)
    last = now.date() + timedelta(days=9)
    second = actions.open_round(by=world.manager, engagement=world.engagement, period="Q1", closes_on=last, at=now)
    rate(world.manager, second, 1, now)
    assert means(world.engagement) == {Side.CLIENT: Fraction(4), Side.PARTNER: Fraction(3)}
    seen = queries.seen_rounds(world.signer, queries.rounds_of(world.signer, world.engagement))
    assert [one.means for one in seen] == [{}, {Side.CLIENT: Fraction(4), Side.PARTNER: Fraction(3)}]


@pytest.mark.parametrize("role", ["editor", "partner_viewer", "viewer", "administrator", "sibling_signer"])
def test_only_who_signs_for_a_side_rates_for_it(world, opened, now, role):
    with pytest.raises(Refused):
        rate(getattr(world, role), opened, 3, now)
    assert not Rating.objects.exists()


def test_one_round_at_a_time_is_open(world, opened, now):
    with pytest.raises(Refused, match="A round is open already"):
        actions.open_round(
            by=world.manager, engagement=world.engagement, period="x", closes_on=opened.closes_on, at=now
        )


def test_what_a_colleague_signed_meanwhile_is_not_overwritten_by_who_never_saw_it(
    world, opened, now, signed_in, frozen
):
    page = f"/engagements/{world.engagement.pk}/feedback/ratings/1/"
    mine = signed_in(world.executive)
    assert signed_in(world.manager).post(page, typed(2, "her careful note")).status_code == 302
    late = mine.post(page, typed(5, "my own note")).content.decode()
    assert "Northwind manager signed a rating for your side meanwhile" in late
    assert "her careful note" in late
    assert "my own note" in late
    assert 'name="turn" value="1"' in late
    assert Rating.objects.get().signed_by == world.manager
    assert mine.post(page, typed(5, "my own note", turn="1")).status_code == 302
    rate(world.signer, opened, 3, now)
    over = Entry.objects.filter(chain=world.engagement.chain).order_by("-number").first().content
    assert over["details"] == {
        "client": "5.0", "client_signed_by": "Northwind executive", "partner": "3.0",
        "partner_signed_by": world.signer.name,
    }  # fmt: skip


def test_who_rates_second_is_told_before_and_after_that_both_open_for_good(world, opened, now, signed_in, frozen):
    page, browser = f"/engagements/{world.engagement.pk}/feedback/ratings/1/", signed_in(world.signer)
    assert b"both open at once" not in browser.get(page).content
    first = signed_in(world.manager).post(page, typed(4, ""), follow=True).content
    assert b"you can change it until both have spoken" in first
    assert b"both open at once" not in first
    assert b"both open at once" in browser.get(page).content
    after = browser.post(page, typed(2, ""), follow=True).content
    assert b"stay as they are" in after
    assert b"you can change it" not in after


def test_what_is_typed_into_a_round_that_opened_meanwhile_is_shown_beside_the_refusal(
    world, opened, now, signed_in, frozen
):
    for person in (world.manager, world.signer):
        rate(person, opened, 4, now)
    page = f"/engagements/{world.engagement.pk}/feedback/ratings/1/"
    answer = signed_in(world.manager).post(page, typed(2, "typed for an hour", turn="1")).content.decode()
    assert "nobody can rate in it any more" in answer
    assert answer.index("typed for an hour") < answer.index("Beside each other")


def test_where_a_side_was_silent_its_latest_rating_stands(world, opened, now):
    rate(world.manager, opened, 4, now)
    rate(world.signer, opened, 3, now)
    for number, (state, given) in enumerate((("one_silent", {"client": 2}), ("both_silent", {})), start=2):
        later = Round.objects.create(
            engagement=world.engagement, number=number, period="x", questions=opened.questions, state=state,
            opened_by=world.manager, opened_at=now, closes_on=now.date(), ended_at=now,
        )  # fmt: skip
        for side, score in given.items():
            said = {"fairness": {"score": score, "note": ""}}
            Rating.objects.create(round=later, side=side, answers=said, signed_by=world.manager, signed_at=now)
    assert means(world.engagement) == {Side.CLIENT: Fraction(2), Side.PARTNER: Fraction(3)}


def test_both_are_told_that_they_can_read_the_ratings(world, opened, now):
    rate(world.manager, opened, 4, now)
    rate(world.signer, opened, 3, now)
    notice = Notice.objects.get(recipient=world.signer, event=f"rating:{opened.pk}:over")
    assert told(notice, TELLERS).title == "Service desk: both sides can read the ratings of Q4 2025 now"


def test_a_period_that_is_too_long_is_refused_and_not_cut(world, now):
    with pytest.raises(Refused, match="A text has 61 characters"):
        actions.open_round(
            by=world.manager, engagement=world.engagement, period="x" * 61, closes_on=now.date() + timedelta(3), at=now
        )


def test_programs_read_what_is_asked_and_overwrite_nothing_unseen(world, opened, now, program, frozen):
    ours, theirs = program(world.manager), program(world.signer)
    path = f"/engagements/{world.engagement.pk}/ratings"
    read = ours("GET", f"{path}/1").json()
    assert (read["turn"], [one["id"] for one in read["questions"]]) == (0, IDS)
    answers = {one["id"]: {"score": 2} for one in read["questions"]}
    assert ours("PUT", f"{path}/1/rating", {"answers": answers}).json()["turn"] == 1
    assert ours("PUT", f"{path}/1/rating", {"answers": answers}).status_code == 409
    assert ours("PUT", f"{path}/1/rating", {"answers": answers, "turn": 1}).json()["turn"] == 2
    assert theirs("GET", f"{path}/1").json()["turn"] == 0


def test_programs_read_many_rounds_in_as_many_queries_as_one(world, opened, now, program):
    ours, path = program(world.manager), f"/engagements/{world.engagement.pk}/ratings"
    counted = []
    for numbers in ((), range(2, 30)):
        for number in numbers:
            one = Round.objects.create(
                engagement=world.engagement, number=number, period="x", questions=opened.questions, state="revealed",
                opened_by=world.manager, opened_at=now, closes_on=now.date(), ended_at=now,
            )  # fmt: skip
            said = {"fairness": {"score": 3, "note": ""}}
            Rating.objects.create(round=one, side="client", answers=said, signed_by=world.manager, signed_at=now)
        ours("GET", path)
        with CaptureQueriesContext(connection) as asked:
            shown = ours("GET", path).json()["items"]
        counted.append(len(asked))
    assert [one["number"] for one in shown] == [*range(29, 0, -1)]
    assert shown[0]["ratings"]["client"]["fairness"]["score"] == 3
    assert counted[0] + 1 == counted[1]  # the ratings themselves, of which a round that just opened has none


def test_today_asks_who_rates_without_a_question_for_each_round(world, now, django_assert_num_queries):
    def asked_of(person, queries):
        with django_assert_num_queries(queries):
            return [one.what for one in about_working_together(person) if one.what.startswith("Rate")]

    for number, owner in enumerate((None, world.signer, world.editor)):
        engagement = Engagement.objects.create(
            partner=world.own, title=f"Desk {number}", client_owner=world.manager, partner_owner=owner, created_at=now
        )
        Round.objects.create(
            engagement=engagement, number=1, period="x", questions=[], opened_by=world.manager, opened_at=now,
            closes_on=now.date(),
        )  # fmt: skip
    assert len(asked_of(world.signer, 3)) == 3
    assert len(asked_of(world.manager, 3)) == 3
    assert asked_of(world.executive, 3) == []
