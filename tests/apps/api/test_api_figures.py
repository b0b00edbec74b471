"""What the two sides' programs say about a figure, from the first value to the one that stands; and practices."""

import pytest

from apps.assurance.conftest import clock, computed, version

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
    stated = partner("POST", f"{home}/report", {"value": "95", "reason": "From our desk"}).json()
    assert (stated["ours"], stated["theirs"], stated["computed"]) == (95, None, 91.25)

    clock(12)
    client, partner = program(world.manager), program(world.signer)
    sealed = client("GET", home).json()
    assert (sealed["theirs"], sealed["is_sealed"]) == (None, True)
    assert client.all(f"{home}/statements") == []
    differing = client("POST", f"{home}/verify", {"value": 91}).json()
    assert (differing["ours"], differing["theirs"], differing["difference"]) == (91, 95, -4)
    partner("POST", f"{home}/dispute", {"reason": "Three wait for you", "cause": "pauses"})
    client("POST", f"{home}/offer", {"value": 93, "reason": "Two of the three"})
    offer = partner.all(f"{home}/statements")[0]
    assert (offer["kind"], offer["value"], offer["by"]["id"]) == ("offer", 93, None)
    settled = partner("POST", f"{home}/accept", {"offer": offer["id"]}).json()
    assert (settled["state"], settled["agreed"], settled["options"]) == ("settled", 93, [])
    lines = client.all(f"/engagements/{world.engagement.pk}/figures")
    assert {line["kpi"]: line["agreed"] for line in lines}[KPI] == 93


def test_the_client_confirms_a_period_with_what_was_computed(world, home, program, clock):
    program(world.signer)("POST", f"{home}/report", {"value": "91.25"})
    clock(12)
    (line,) = program(world.manager)("POST", f"/engagements/{world.engagement.pk}/periods/2025-03/confirm").json()
    assert (line["kpi"], line["state"], line["agreed"]) == (KPI, "agreed", 91.25)


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
    answer = program(getattr(world, person))("POST", f"{home}/{path}", body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_practices_are_told_as_on_their_page(world, version, program):
    rows = program(world.signer).all(f"/engagements/{world.engagement.pk}/practices")
    told = {row["id"]: row for row in rows}
    assert len(told) == 51
    assert (told["A3"]["state"], told["X1"]["state"]) == ("in_place", "not_supported")
    assert told["M1"]["page"].endswith("/records/")
