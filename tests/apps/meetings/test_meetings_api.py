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
    assert client("POST", f"{home}/minutes", {"text": "x"}).status_code == 409
    partner("POST", f"{home}/minutes", {"text": "We talked."})
    proposed = partner("POST", f"{home}/minutes/propose").json()["minutes"]
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
