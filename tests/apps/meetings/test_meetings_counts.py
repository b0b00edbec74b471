"""How many questions the pages ask the database: the same for one row as for thirty."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rapport.apps.issues.models import Issue, Task
from rapport.apps.meetings.models import Action, Attendance, Decision, Meeting, Minutes, Point, Report

OVERVIEW, PLANNED, HELD, REPORT = 18, 30, 22, 11


@pytest.fixture
def filled(world, call, on, now):
    """Puts so many of everything into the engagement; its planned meeting, its held one, and a report."""

    def fill(count):
        for number in range(count):
            _fill(world, call, now, number)
        held = world.engagement.meetings.filter(state="held").first()
        return call, held, world.engagement.reports.filter(state="received").first()

    return fill


def _fill(world, call, now, number):
    engagement, day = world.engagement, now.date() - timedelta(days=number + 1)
    words = {"engagement": engagement, "series": "s", "name": "Call", "channel": "Phone"}
    held = Meeting.objects.create(
        **words, first_planned_on=day, planned_on=day, state="held", held_on=day, agenda=[], turn=1
    )  # fmt: skip
    Minutes.objects.create(meeting=held, written_by="partner")
    Report.objects.create(
        **words, owed_by="partner", due_on=day, state="received", received_on=day, received_from=world.signer,
        content={"answers": {"outlook": "x"}, "figures": []},
    )  # fmt: skip
    Report.objects.create(**words | {"series": "late"}, owed_by="partner", due_on=day, state="late")
    Point.objects.create(meeting=call, side="partner", by=world.signer, text="x", at=now)
    Issue.objects.create(
        engagement=engagement, number=number + 1, title="x", origin="by_hand", severity="minor",
        responsible="partner", due_on=day, state="listed", raised_at=now,
    )  # fmt: skip
    first = engagement.meetings.filter(state="held").order_by("-planned_on").first()
    Decision.objects.create(meeting=first, text="x", by=world.manager)
    Attendance.objects.create(meeting=first, side="client", name=f"x {number}")
    task = Task.objects.create(
        engagement=engagement, what="x", side="partner", owner=world.signer, due_on=day, made_by=world.manager,
        made_at=now,
    )  # fmt: skip
    Action.objects.create(meeting=first, what="x", owner=world.signer, due_on=day, task=task)


@pytest.mark.parametrize("count", [1, 30])
def test_pages_ask_as_much_for_thirty_rows_as_for_one(world, filled, signed_in, address, count):
    planned, _, report = filled(count)
    held = world.engagement.meetings.filter(state="held").order_by("-planned_on").first()
    browser = signed_in(world.signer)
    pages = [address("overview"), address("meeting", planned), address("meeting", held), address("report", report)]
    counted = []
    for page in pages:
        assert browser.get(page).status_code == 200
        with CaptureQueriesContext(connection) as asked:
            browser.get(page)
        counted.append(len(asked))
    assert counted == [OVERVIEW, PLANNED, HELD, REPORT]
