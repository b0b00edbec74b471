"""Programs read meetings and hand reports in."""

from apps.api.conftest import program, secret_of
from rapport.apps.meetings import actions

__all__ = ["program", "secret_of"]


def test_a_program_hands_a_report_in_and_the_other_side_reads_it(world, report, program):
    partner, client = program(world.signer), program(world.manager)
    home = f"/engagements/{world.engagement.pk}/reports"
    assert [one["due_on"] for one in partner.all(home)] == ["2026-04-05", "2026-03-05"]
    handed = partner("POST", f"{home}/{report.pk}", {"went_well": "All of it"})
    assert (handed.status_code, handed.json()["state"]) == (200, "received")
    assert client("GET", f"{home}/{report.pk}").json()["answers"]["went_well"] == "All of it"
    again = partner("POST", f"{home}/{report.pk}", {"went_well": "More"})
    assert (again.status_code, again.headers["Content-Type"]) == (409, "application/problem+json")
    back = client("POST", f"{home}/{report.pk}/send-back", {"reason": "More, please"})
    assert back.json()["state"] == "returned"


def test_programs_take_minutes_from_a_draft_to_agreed(world, held, program):
    partner, client = program(world.signer), program(world.manager)
    home = f"/engagements/{world.engagement.pk}/meetings/{held.pk}"
    assert client("POST", f"{home}/minutes", {"turn": 0, "text": "x"}).status_code == 409
    written = partner("POST", f"{home}/minutes", {"turn": 0, "text": "We talked."}).json()["minutes"]
    stale = partner("POST", f"{home}/minutes", {"turn": 0, "text": "Written over."})
    assert (stale.status_code, "read them as they stand now" in stale.json()["detail"]) == (409, True)
    assert partner("POST", f"{home}/minutes/propose", {"turn": 0}).status_code == 409
    proposed = partner("POST", f"{home}/minutes/propose", {"turn": written["turn"]}).json()["minutes"]
    assert (proposed["state"], proposed["waits_for"]) == ("proposed", "client")
    assert client("POST", f"{home}/minutes/agree", {"digest": "d" * 64}).status_code == 409
    agreed = client("POST", f"{home}/minutes/agree", {"digest": proposed["digest"]}).json()["minutes"]
    assert (agreed["state"], agreed["waits_for"]) == ("agreed", None)


def test_a_list_of_meetings_comes_in_pages_with_the_agenda_at_each(world, call, program, now):
    actions.add_point(by=world.manager, meeting=call, text="Cover", at=now)
    partner = program(world.signer)
    home = f"/engagements/{world.engagement.pk}/meetings"
    assert len(partner.all(home, limit=3)) == 10
    assert partner("GET", f"{home}/{call.pk}").json()["agenda"][0]["title"] == "Cover"
    assert partner("GET", f"/engagements/{world.sibling_engagement.pk}/meetings").status_code == 404


def test_programs_take_a_meeting_from_its_plan_to_its_decisions(world, call, program, on):
    partner, client = program(world.signer), program(world.manager)
    meetings = f"/engagements/{world.engagement.pk}/meetings"
    home, other = f"{meetings}/{call.pk}", f"{meetings}/{world.engagement.meetings.get(planned_on='2026-03-10').pk}"
    assert client("POST", f"{home}/points", {"text": "Cover"}).json()["agenda"][0]["title"] == "Cover"
    moved = partner("POST", f"{home}/move", {"to": "2026-03-04", "reason": "Away"}).json()
    assert (moved["planned_on"], moved["reason"]) == ("2026-03-04", "Away")
    assert client("POST", f"{other}/cancel", {"reason": "Easter"}).json()["state"] == "cancelled"
    on(2)
    nobody = {"on": "2026-03-04", "client": [" "], "partner": ["Tom"]}
    assert partner("POST", f"{home}/hold", nobody).status_code == 409
    held = partner("POST", f"{home}/hold", nobody | {"client": ["Ann"]}).json()
    assert (held["state"], held["minutes"]["present"]) == ("held", {"client": ["Ann"], "partner": ["Tom"]})
    assert client("POST", f"{home}/decisions", {"text": "Ours"}).status_code == 409
    decided = partner("POST", f"{home}/decisions", {"text": "P1 by phone"}).json()["minutes"]
    assert (decided["decisions"], decided["turn"]) == (["P1 by phone"], 1)
