"""Programs too deliver only what the agreement has their side deliver."""

import pytest

from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import AgreementVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def surveys_of_the_partner(agreed):
    found = AgreementVersion.objects.get(pk=agreed.version["id"])
    text = found.text.replace("    files: [surveys.csv]\n", "    files: [surveys.csv]\n    delivered_by: partner\n")
    AgreementVersion.objects.filter(pk=found.pk).update(text=text)


def test_the_other_sides_program_is_refused_and_told_why(agreed, surveys_of_the_partner, records, world):
    batches = f"/engagements/{world.engagement.pk}/batches"

    refused = agreed.client.send(batches, records("surveys"), source="surveys")
    assert refused.status_code == 409
    assert "The agreement has the partner deliver surveys" in refused.json()["detail"]
    assert not Batch.objects.exists()
    assert agreed.partner.send(batches, records("surveys"), source="surveys").status_code == 201


def test_programs_see_who_delivers_a_source(agreed, surveys_of_the_partner, world):
    sources = agreed.client.all(f"/engagements/{world.engagement.pk}/sources")

    assert {one["name"]: one["delivered_by"] for one in sources} == {
        "tickets": "either", "holds": "either", "duties": "either", "surveys": "partner"
    }  # fmt: skip
