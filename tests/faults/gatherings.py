"""A meeting that is moved again and again, the letters about it, and what is put in place of their safeguards."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.meetings import jobs
from rapport.apps.meetings.actions import invitations
from rapport.apps.meetings.models import Invitation, Meeting

JOBS = (jobs.ask_for_invitations, jobs.send_waiting_invitations)
"""What a worker does about letters."""


def forget():
    """There is no meeting and nothing that one hangs on."""
    Engagement.objects.all().delete()


def gather(at):
    """A meeting in ten days, at which the manager is expected."""
    moment = datetime.fromtimestamp(at, UTC)
    partner = Organisation.objects.create(name="Brightdesk", side="partner", created_at=moment)
    manager, day = Person.objects.get(name="manager"), moment.date() + timedelta(days=10)
    engagement = Engagement.objects.create(partner=partner, title="Desk", client_owner=manager, created_at=moment)
    Meeting.objects.create(
        engagement=engagement, series="call", name="Call", channel="Phone", first_planned_on=day, planned_on=day
    )


def move_meeting(number):
    """The meeting begins so many minutes after nine."""
    Meeting.objects.update(starts_at=time(9 + number // 60, number % 60))


def look_at_invitations():
    """What has come of the letters about meetings."""
    return list(Invitation.objects.order_by("pk").values_list("sequence", "outcome"))


def _letter_without_name(*words, made=invitations.letter, **more):
    return made(*words, **more | {"name": uuid4().hex})


def _taken_and_sent(row, at, taken=invitations._taken):
    if is_taken := taken(row, at):
        Invitation.objects.filter(pk=row.pk).update(outcome="sent")
        row.outcome = "sent"
    return is_taken


WITHOUT = {
    "invitation name": [(invitations, "letter", _letter_without_name)],
    "invitation settled last": [(invitations, "_taken", _taken_and_sent)],
}
