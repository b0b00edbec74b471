"""Where the steps on are taken, and where the facts behind a symptom are."""

from django.urls import reverse

from rapport.apps.engagements.models import Engagement
from rapport.domain.coverage import Page

_OF_ENGAGEMENT = {
    Page.SIGN: "engagements:agreement",
    Page.WRITE: "engagements:write",
    Page.RECORDS: "delivery:records",
    Page.RESULTS: "kpis:results",
    Page.SETTLE: "assurance:settle",
    Page.ISSUES: "issues:list",
    Page.EDITIONS: "issues:editions",
    Page.ESCALATIONS: "escalations:list",
    Page.MEETINGS: "meetings:overview",
    Page.FEEDBACK: "feedback:overview",
    Page.RATE: "feedback:overview",
    Page.OWNER: "engagements:edit",
}
_OF_PARTNER = {
    Page.PROFILE: "partners:edit",
    Page.CONTACT: "partners:add_contact",
    Page.DOCUMENTS: "partners:show",
    Page.HAND_IN: "partners:hand_in",
}


def address(engagement: Engagement, page: Page) -> str:
    """The address of a page that a step or a symptom leads to."""
    if page in _OF_PARTNER:
        return reverse(_OF_PARTNER[page], args=[engagement.partner_id])
    if page in _OF_ENGAGEMENT:
        return reverse(_OF_ENGAGEMENT[page], args=[engagement.pk])
    return reverse("accounts:people")
