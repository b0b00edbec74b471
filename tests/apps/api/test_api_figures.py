"""What the two sides' programs say about a figure, from the first value to the one that stands; and practices."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.assurance.conftest import clock, computed, version
from rapport.api import api
from rapport.apps.assurance.models import Cause
from rapport.apps.assurance.queries import seen

__all__ = ["clock", "computed", "version"]

KPI = "resolved-in-time"


@pytest.fixture
def home(world, computed, clock):
    """The address of a figure of March 2025 whose value is computed, three days after the month."""
    computed(resolved_in_time=91.25)
    clock(3)
    return f"/engagements/{world.engagement.pk}/figures/{KPI}/2025-03"


def test_two_programs_state_differ_offer_and_settle(world, home, program, clock):
    partner = program(world.signer)
    assert partner("GET", home).json()["options"] == ["report"]
    stated = partner.send(f"{home}/report", value="95", reason="From our desk").json()
    assert (stated["ours"], stated["theirs"], stated["computed"]) == (95, None, 91.25)

    clock(12)
    client, partner = program(world.manager), program(world.signer)
    sealed = client("GET", home).json()
    assert (sealed["theirs"], sealed["is_sealed"]) == (None, True)
    assert client.all(f"{home}/statements") == []
    differing = client.send(f"{home}/verify", value=91).json()
    assert (differing["ours"], differing["theirs"], differing["difference"]) == (91, 95, -4)
    partner.send(f"{home}/dispute", reason="Three wait for you", cause="pauses")
    client.send(f"{home}/offer", value=93, reason="Two of the three", evidence=SimpleUploadedFile("a.pdf", b"%PDF"))
    offer = partner.all(f"{home}/statements")[0]
    assert (offer["kind"], offer["value"], offer["by"]["id"]) == ("offer", 93, None)
    assert b"".join(partner("GET", f"{home}/statements/{offer['id']}/evidence")) == b"%PDF"
    settled = partner("POST", f"{home}/accept", {"offer": offer["id"]}).json()
    assert (settled["state"], settled["agreed"], settled["options"]) == ("settled", 93, [])
    accepted = client.all(f"{home}/statements")[0]
    assert (accepted["kind"], accepted["accepted"], len(offer["seal"])) == ("accept", offer["id"], 64)
    lines = client.all(f"/engagements/{world.engagement.pk}/figures")
    assert {line["kpi"]: line["agreed"] for line in lines}[KPI] == 93


def test_evidence_is_sealed_with_its_figure_and_read_by_both_afterwards(world, home, program):
    client, partner = program(world.manager), program(world.signer)
    partner.send(f"{home}/report", value=95, evidence=SimpleUploadedFile("march.pdf", b"%PDF counted by hand"))
    (told,) = partner.all(f"{home}/statements")
    file = f"{home}/statements/{told['id']}/evidence"
    assert (told["has_evidence"], client("GET", file).status_code) == (True, 404)
    client.send(f"{home}/verify", value=91)
    assert b"".join(client("GET", file)) == b"%PDF counted by hand"


def test_empty_evidence_is_refused_and_so_is_the_figure(world, home, program):
    partner = program(world.signer)
    answer = partner.send(f"{home}/report", value=95, evidence=SimpleUploadedFile("march.pdf", b""))
    assert (answer.status_code, "empty" in answer.json()["detail"]) == (409, True)
    assert partner.all(f"{home}/statements") == []


def test_the_client_confirms_a_period_with_what_was_computed(world, home, program, clock):
    program(world.signer).send(f"{home}/report", value="91.25")
    clock(12)
    (line,) = program(world.manager)("POST", f"/engagements/{world.engagement.pk}/periods/2025-03/confirm").json()
    assert (line["kpi"], line["state"], line["agreed"]) == (KPI, "agreed", 91.25)


def test_figures_are_told_exactly_to_the_ninth_decimal(world, computed, clock, program):
    computed(resolved_in_time=91.1176470588235)
    clock(12)
    home = f"/engagements/{world.engagement.pk}/figures/{KPI}/2025-03"
    client, partner = program(world.manager), program(world.signer)
    partner.send(f"{home}/report", value="1234567.123456789")
    client("POST", f"/engagements/{world.engagement.pk}/periods/2025-03/confirm")
    line = client("GET", home).json()
    assert [line[name] for name in ("computed", "ours", "theirs")] == [91.117647059, 91.117647059, 1234567.123456789]
    assert line["difference"] == -1234476.005809730
    assert client.all(f"{home}/statements")[0]["value"] == 91.117647059


def test_what_is_said_between_two_pages_comes_neither_twice_nor_in_between(world, home, program):
    client, partner = program(world.manager), program(world.signer)
    partner.send(f"{home}/report", value=95)
    client.send(f"{home}/verify", value=91)
    first = client("GET", f"{home}/statements", limit=1).json()
    partner.send(f"{home}/offer", value=93, reason="Halfway")
    rest = client("GET", f"{home}/statements", limit=9, cursor=first["next"]).json()
    assert [one["kind"] for one in first["items"] + rest["items"]] == ["verify", "report"]


def test_a_place_in_the_figures_holds_as_long_as_they_are_the_same(world, home, program, clock):
    lines, partner = f"/engagements/{world.engagement.pk}/figures", program(world.signer, days=40)
    first = partner("GET", lines, limit=1).json()
    partner.send(f"{home}/report", value=95)
    places = [(line["kpi"], line["period"]) for line in partner.all(lines, limit=1)]
    assert len(places) == len(set(places)) > 3
    second = partner("GET", lines, limit=1, cursor=first["next"]).json()["items"][0]
    assert (second["kpi"], second["period"]) == places[1]
    clock(30)
    answer = partner("GET", lines, limit=1, cursor=first["next"])
    assert (answer.status_code, answer.json()["errors"][0]["location"]) == (422, ["query", "cursor"])


def test_only_the_figures_of_the_page_are_worked_out(world, home, program, monkeypatch):
    asked, options = [], seen.options
    monkeypatch.setattr(seen, "options", lambda actor, kept, line: asked.append(line) or options(actor, kept, line))
    page = program(world.signer)("GET", f"/engagements/{world.engagement.pk}/figures", limit=2).json()
    assert (len(page["items"]), len(asked)) == (2, 2)


def test_programs_name_the_causes_that_people_choose_from():
    assert api.get_openapi_schema()["components"]["schemas"]["Cause"]["enum"] == Cause.values


@pytest.mark.parametrize(
    ("person", "path", "body", "status"),
    [
        ("manager", "report", {"value": 1}, 409),
        ("viewer", "verify", {"value": 1}, 403),
        ("signer", "report", {"value": "many"}, 422),
        ("signer", "report", {"value": 1e300}, 422),
        ("signer", "dispute", {"reason": "x", "cause": "weather"}, 422),
        ("signer", "offer", {"value": 1, "reason": "x"}, 409),
        ("signer", "accept", {"offer": 1}, 409),
        ("sibling_signer", "report", {"value": 1}, 404),
    ],
)
def test_what_cannot_be_said_is_refused(world, home, program, person, path, body, status):
    teller = program(getattr(world, person))
    is_form = path != "accept"
    answer = teller.send(f"{home}/{path}", **body) if is_form else teller("POST", f"{home}/{path}", body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_practices_are_told_as_on_their_page(world, version, program):
    rows = program(world.signer).all(f"/engagements/{world.engagement.pk}/practices")
    told = {row["id"]: row for row in rows}
    assert len(told) == 51
    assert (told["A3"]["state"], told["D1"]["state"]) == ("in_place", "not_supported")
    assert told["M1"]["page"].endswith("/records/")
