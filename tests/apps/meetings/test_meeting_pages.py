"""From an agenda that writes itself to minutes both sides agree to, by pages."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from rapport.apps.issues.actions import Gap, give_task, raise_issue
from rapport.apps.kpis.models import Evaluation, Result
from rapport.apps.meetings import actions
from rapport.apps.meetings.models import Meeting
from rapport.apps.meetings.queries import agenda_of, last_held
from rapport.apps.notices.models import Notice
from rapport.domain.meetings import State
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side


@pytest.fixture
def both(world, signed_in):
    return signed_in(world.manager), signed_in(world.signer)


def fresh(meeting):
    return Meeting.objects.select_related("minutes", "engagement__partner").get(pk=meeting.pk)


def shown(browser, address):
    return browser.get(address).content.decode()


def write(browser, address, meeting, then="", **said):
    """Fills the form of a draft in, with whoever was there."""
    there = {side: [one.person_id for one in meeting.attendances.filter(side=side)] for side in ("client", "partner")}
    words = {"turn": meeting.minutes.turn} | there | said
    given = {f"draft-{name}": value for name, value in words.items()}
    return browser.post(address("write_draft", meeting), given | {"then": then})


def test_a_meeting_goes_from_its_agenda_to_agreed_minutes(world, both, call, on, address, now):
    client, partner = both
    raise_issue(by=world.manager, engagement=world.engagement, gap=Gap("Calls are not answered"), at=now)
    page = address("meeting", call)
    client.post(address("add_point", call), {"point-text": "Cover in the holidays"})
    for browser in both:
        before = shown(browser, page)
        assert "Cover in the holidays" in before
        assert "Calls are not answered" in before
    at = on(1)
    partner.post(
        address("hold", call),
        {
            "hold-on": at.date(),
            "hold-client": [world.manager.pk],
            "hold-partner": [],
            "hold-partner_others": "Tom, Ann",
        },
    )
    assert fresh(call).state == State.HELD
    assert {one.name for one in call.attendances.all()} == {world.manager.name, "Tom", "Ann"}
    due_on = at.date() + timedelta(days=3)
    draft = {
        "draft-turn": 0, "draft-client": [world.manager.pk], "draft-partner": [world.signer.pk],
        "draft-what": "Send the list",
        "draft-owner": world.manager.pk, "draft-due_on": due_on, "draft-decision": "P1 is answered by phone",
    }  # fmt: skip
    partner.post(address("write_draft", call), draft)
    assert "propose to the" not in shown(client, page)
    assert not world.engagement.tasks.exists()
    write(partner, address, fresh(call), text="We talked.", then="propose")
    digest = fresh(call).minutes.digest
    assert "Agree to these minutes" not in shown(partner, page)
    read = shown(client, page)
    for words in ("We talked.", "P1 is answered by phone", "Send the list", "Agree to these minutes"):
        assert words in read
    client.post(address("agree", call), {"digest": digest})
    assert fresh(call).minutes.state == "agreed"
    assert fresh(call).minutes.agreed_by == world.manager
    assert [task.what for task in world.engagement.tasks.all()] == ["Send the list"]


def test_minutes_that_were_sent_back_are_changed_and_proposed_again(both, held, address):
    client, partner = both
    write(partner, address, held, decision="Nothing changes", then="propose")
    before = fresh(held).minutes.digest
    client.post(address("send_back", held), {"back-reason": "We decided more than that"})
    assert "We decided more than that" in shown(partner, address("meeting", held))
    removed = [held.decisions.get().pk]
    write(partner, address, fresh(held), removed=removed, decision="The phone is staffed", then="propose")
    assert fresh(held).minutes.digest != before
    read = shown(client, address("meeting", held))
    assert "The phone is staffed" in read
    assert "Nothing changes" not in read


def test_what_was_read_is_what_is_agreed_to(both, held, address):
    client, partner = both
    write(partner, address, held, decision="First words", then="propose")
    read = fresh(held).minutes.digest
    client.post(address("send_back", held), {"back-reason": "More"})
    write(partner, address, fresh(held), decision="And a second decision", then="propose")
    answer = client.post(address("agree", held), {"digest": read}, follow=True)
    assert "is not the proposed text" in answer.content.decode()
    assert fresh(held).minutes.state == "proposed"


def test_what_is_refused_of_a_draft_saves_nothing_and_loses_nothing(both, held, address):
    answer = write(both[1], address, held, text="Long talk", decision="Done", what="Call back")
    page = answer.content.decode()
    assert "Choose who." in page
    assert "Name a day." in page
    assert "Long talk" in page
    assert not held.decisions.exists()
    assert "Nothing is written in them" in write(both[1], address, held, then="propose").content.decode()
    assert fresh(held).minutes.state == "draft"


def test_a_decision_of_another_meeting_is_not_removed(world, both, held, address, on, now):
    at = on(8)
    other = world.engagement.meetings.get(series="weekly-call", planned_on="2026-03-10")
    there = {Side.CLIENT: [world.manager], Side.PARTNER: [world.signer]}
    actions.hold_meeting(by=world.signer, meeting=other, on=at.date(), present=there, at=at)
    kept = actions.decide(by=world.signer, meeting=other, text="Stays", at=at)
    assert write(both[1], address, held, removed=[kept.pk]).status_code == 200
    assert other.decisions.count() == 1


def test_proposed_minutes_stand_still(world, held, now):
    actions.decide(by=world.signer, meeting=held, text="Done", at=now)
    given = actions.give_action(by=world.signer, meeting=held, what="x", owner=world.signer, due_on=now.date(), at=now)
    actions.propose_minutes(by=world.signer, meeting=held, turn=2, at=now)
    words = {"by": world.signer, "meeting": held, "at": now}
    for step in (
        lambda: actions.decide(text="More", **words),
        lambda: actions.write_draft(text="More", turn=3, **words),
        lambda: actions.give_action(what="More", owner=world.signer, due_on=now.date(), **words),
        lambda: actions.remove_action(by=world.signer, action=given, at=now),
        lambda: actions.remove_decision(by=world.signer, decision=held.decisions.get(), at=now),
    ):
        with pytest.raises(Refused, match="only minutes that are a draft"):
            step()
    assert (held.decisions.count(), held.actions.count()) == (1, 1)
    assert not world.engagement.tasks.exists()


def test_the_side_that_writes_minutes_does_not_agree_to_them(world, both, held, address, now):
    actions.decide(by=world.signer, meeting=held, text="Done", at=now)
    actions.propose_minutes(by=world.signer, meeting=held, turn=1, at=now)
    _, partner = both
    partner.post(address("agree", held), {"digest": fresh(held).minutes.digest})
    assert fresh(held).minutes.state == "proposed"


def test_empty_minutes_are_not_proposed(world, held, now):
    with pytest.raises(Refused, match="Nothing is written in them"):
        actions.propose_minutes(by=world.signer, meeting=held, turn=0, at=now)


def test_a_meeting_needs_somebody_of_both_sides(both, world, call, on, address):
    on(1)
    _, partner = both
    answer = partner.post(address("hold", call), {"hold-on": "2026-03-03", "hold-partner": [world.signer.pk]})
    assert "nobody of the client was there" in answer.content.decode()
    assert fresh(call).state == State.PLANNED


def test_a_meeting_is_moved_before_the_next_one_and_the_other_side_learns_why(world, both, call, address):
    client, partner = both
    move = {"move-reason": "We are away <b>", "move-seen": call.turn}
    too_late = client.post(address("move", call), {"move-to": "2026-03-10", **move})
    assert "the next one is on 2026-03-10" in too_late.content.decode()
    client.post(address("move", call), {"move-to": "2026-03-05", **move})
    page = shown(partner, address("meeting", call))
    assert "Moved from Tue 3 Mar" in page
    assert "We are away &lt;b&gt;" in page
    assert Notice.objects.filter(recipient=world.signer, kind="meeting", subject=call.pk).count() == 1


def test_a_cancelled_meeting_takes_no_more_steps(world, both, call, address, now):
    client, _ = both
    client.post(address("cancel", call), {"cancel-reason": "Nothing to talk about"})
    assert fresh(call).state == State.CANCELLED
    with pytest.raises(Refused, match="it is cancelled"):
        actions.move_meeting(
            by=world.signer, meeting=call, to=now.date(), starts_at=None, reason="x", seen=call.turn, at=now
        )
    with pytest.raises(Refused, match="put it on the agenda of the next one"):
        actions.add_point(by=world.signer, meeting=call, text="x", at=now)


def test_an_agenda_stays_as_it_was_when_people_met(world, both, held, address, now):
    raise_issue(by=world.manager, engagement=world.engagement, gap=Gap("Raised afterwards"), at=now)
    assert "Raised afterwards" not in shown(both[0], address("meeting", held))


def test_a_task_that_is_due_is_on_the_agenda_of_the_next_meeting(world, both, held, on, address, now):
    give_task(
        by=world.manager, engagement=world.engagement, issue=None, what="Old task", owner=world.signer,
        due_on=now.date(), at=now,
    )  # fmt: skip
    later = world.engagement.meetings.filter(series="weekly-call", state="planned").first()
    assert "Old task" in shown(both[1], address("meeting", later))


@pytest.mark.parametrize("role", ["viewer", "auditor", "partner_viewer"])
def test_who_only_reads_takes_no_step(world, signed_in, call, address, role):
    browser = signed_in(getattr(world, role))
    assert "Add the point" not in shown(browser, address("meeting", call))
    browser.post(address("add_point", call), {"point-text": "x"})
    browser.post(address("cancel", call), {"cancel-reason": "x"})
    assert not call.points.exists()
    assert fresh(call).state == State.PLANNED


def test_an_action_is_given_to_nobody_of_another_partner(world, both, held, address):
    answer = write(both[1], address, held, what="x", owner=world.sibling_signer.pk, due_on="2026-03-09")
    assert answer.status_code == 200
    assert not held.actions.exists()


def test_nobody_of_another_partner_was_there(world, both, call, on, address):
    on(1)
    there = {"hold-on": "2026-03-03", "hold-client": [world.manager.pk], "hold-partner": [world.sibling_signer.pk]}
    assert both[1].post(address("hold", call), there).status_code == 200
    assert fresh(call).state == State.PLANNED


def test_a_stale_save_is_refused_and_keeps_what_was_typed(world, both, held, address):
    write(both[1], address, held, text="What the other one wrote")
    answer = write(both[1], address, held, text="What I wrote", decision="Ours")
    page = answer.content.decode()
    for words in (
        "read them as they stand now",
        "What the other one wrote",
        "What I wrote",
        'name="draft-turn" value="1"',
    ):
        assert words in page
    assert (fresh(held).minutes.text, held.decisions.count()) == ("What the other one wrote", 0)
    write(both[1], address, fresh(held), text="Both")
    assert fresh(held).minutes.text == "Both"


def test_what_is_to_be_done_is_nobodys_task_until_it_is_agreed_to(world, both, held, address, now):
    words = {"owner": world.manager.pk, "due_on": "2026-03-09"}
    write(both[1], address, held, what="Send the list", **words)
    write(both[1], address, fresh(held), what="Send it twice", removed_actions=[held.actions.get().pk], **words)
    assert [one.what for one in held.actions.all()] == ["Send it twice"]
    assert not world.engagement.tasks.exists()
    meeting = actions.propose_minutes(by=world.signer, meeting=held, turn=fresh(held).minutes.turn, at=now)
    assert not Notice.objects.filter(kind="task").exists()
    actions.agree_to_minutes(by=world.executive, meeting=meeting, digest=meeting.minutes.digest, at=now)
    task = world.engagement.tasks.get()
    assert (task.what, task.owner, held.actions.get().task) == ("Send it twice", world.manager, task)
    assert Notice.objects.filter(kind="task", recipient=world.manager).count() == 1


def test_what_somebody_promised_who_left_is_sent_back(world, held, now):
    actions.give_action(by=world.signer, meeting=held, what="Call", owner=world.editor, due_on=now.date(), at=now)
    meeting = actions.propose_minutes(by=world.signer, meeting=held, turn=1, at=now)
    world.editor.is_active = False
    world.editor.save()
    with pytest.raises(Refused, match="send the minutes back, so that “Call” is given to somebody else"):
        actions.agree_to_minutes(by=world.manager, meeting=meeting, digest=meeting.minutes.digest, at=now)
    assert fresh(held).minutes.state == "proposed"
    actions.send_minutes_back(by=world.manager, meeting=held, reason="Who calls?", at=now)
    assert fresh(held).minutes.digest == ""


def test_whoever_was_there_stays_though_they_left(world, both, held, address):
    world.manager.is_active = False
    world.manager.save()
    page = shown(both[1], address("meeting", held))
    assert f'value="{world.manager.pk}"' in page
    write(both[1], address, held, text="We talked.")
    assert fresh(held).minutes.text == "We talked."
    assert held.attendances.filter(person=world.manager).exists()


def test_whoever_only_reads_can_have_been_there_and_is_given_nothing(world, both, held, address):
    present = [world.signer.pk, world.partner_viewer.pk]
    write(both[1], address, held, partner=present)
    assert held.attendances.filter(person=world.partner_viewer, side="partner").exists()
    answer = write(both[1], address, fresh(held), what="x", owner=world.partner_viewer.pk, due_on="2026-03-09")
    assert answer.status_code == 200
    assert not held.actions.exists()


def test_strangers_and_empty_names_were_not_there(world, call, on):
    at = on(1)
    hold = partial(actions.hold_meeting, by=world.signer, meeting=call, on=at.date(), at=at)
    for stranger in (world.sibling_signer, world.manager):
        with pytest.raises(Refused, match="Somebody is not one of the partner's people"):
            hold(present={Side.CLIENT: [world.manager], Side.PARTNER: [world.signer, stranger]})
    with pytest.raises(Refused, match="nobody of the client was there"):
        hold(present={Side.CLIENT: ["  ", "\u200b"], Side.PARTNER: [world.signer]})


def test_the_last_time_is_before_the_meeting_itself(world, agreed, on):
    on(0)
    first, second = world.engagement.meetings.filter(series="weekly-call")[:2]
    there = {Side.CLIENT: [world.manager], Side.PARTNER: [world.signer]}
    for meeting, days in ((first, 1), (second, 8)):
        at = on(days)
        actions.hold_meeting(by=world.signer, meeting=meeting, on=at.date(), present=there, at=at)
    assert last_held(fresh(first)) is None
    assert last_held(fresh(second)) == first


def test_a_point_is_a_change_and_moves_nothing(world, both, call, address, now):
    actions.add_point(by=world.manager, meeting=call, text="Cover", at=now)
    assert fresh(call).turn == 1
    assert "moved" not in shown(both[0], address("overview"))
    both[0].post(address("move", call), {"move-to": "2026-03-05", "move-reason": "Holiday", "move-seen": 1})
    assert "moved" in shown(both[0], address("overview"))


def test_what_missed_last_is_on_the_agenda_whenever_it_was_computed(world, held, on, now):
    version = world.engagement.versions.get(stage="in_force")
    words = {"engagement": world.engagement, "version": version, "content": "{}", "digest": "x", "computed_at": now}
    evaluation = Evaluation.objects.create(**words)
    for month, is_latest in ((1, False), (2, True)):
        Result.objects.create(
            evaluation=evaluation, engagement=world.engagement, kpi="resolved-in-time", period=f"2026-0{month}",
            starts_at=datetime(2026, month, 1, tzinfo=UTC), ends_at=datetime(2026, month + 1, 1, tzinfo=UTC),
            is_complete=True, is_latest=is_latest, status="below_target", content={},
        )  # fmt: skip
    later = world.engagement.meetings.filter(series="weekly-call", state="planned").first()
    found = [item.detail for item in agenda_of(later, on(7, False)) if item.kind == "kpi"]
    assert found == ["below target in 2026-02"]
