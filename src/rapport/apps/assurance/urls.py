"""Addresses of pages about both sides' figures."""

from django.urls import path

from rapport.apps.assurance import views

app_name = "assurance"
urlpatterns = [
    path("<int:engagement_id>/settle/", views.settle, name="settle"),
    path("<int:engagement_id>/figures/<str:period>/state/", views.state, name="state"),
    path("<int:engagement_id>/figures/<str:period>/confirm/", views.confirm, name="confirm"),
    path("<int:engagement_id>/settle/<str:kpi>/figures/", views.figures, name="figures"),
    path("<int:engagement_id>/settle/<str:kpi>/<str:period>/", views.line, name="line"),
    path("<int:engagement_id>/settle/<str:kpi>/<str:period>/report/", views.report, name="report"),
    path("<int:engagement_id>/settle/<str:kpi>/<str:period>/verify/", views.verify, name="verify"),
    path("<int:engagement_id>/settle/<str:kpi>/<str:period>/dispute/", views.dispute, name="dispute"),
    path("<int:engagement_id>/settle/<str:kpi>/<str:period>/offer/", views.offer, name="offer"),
    path("<int:engagement_id>/settle/<str:kpi>/<str:period>/accept/", views.accept, name="accept"),
    path(
        "<int:engagement_id>/settle/<str:kpi>/<str:period>/evidence/<int:statement_id>/",
        views.evidence,
        name="evidence",
    ),
]
