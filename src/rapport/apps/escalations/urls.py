"""Addresses of pages about escalations."""

from django.urls import path

from rapport.apps.escalations import views

app_name = "escalations"
_ISSUE = "engagements/<int:engagement_id>/issues/<int:number>/escalation/"
urlpatterns = [
    path("escalations/absences/", views.absences, name="absences"),
    path("people/<int:person_id>/absences/", views.absences_of, name="absences_of"),
    path("escalations/absences/<int:absence_id>/stop/", views.stop_absence, name="stop_absence"),
    path("engagements/<int:engagement_id>/escalations/", views.list_escalations, name="list"),
    path(_ISSUE, views.show, name="show"),
    path(f"{_ISSUE}summary/", views.summary, name="summary"),
    path(f"{_ISSUE}start/", views.start, name="start"),
    path(f"{_ISSUE}answer/", views.answer, name="answer"),
    path(f"{_ISSUE}accept/", views.accept, name="accept"),
    path(f"{_ISSUE}reject/", views.reject, name="reject"),
    path(f"{_ISSUE}step-down/", views.step_down, name="step_down"),
    path(f"{_ISSUE}end/", views.end, name="end"),
]
