"""Addresses of the way in."""

from django.urls import path

from rapport.apps.portfolio import views

app_name = "portfolio"
urlpatterns = [
    path("", views.engagements, name="engagements"),
    path("views/keep/", views.keep_view, name="keep_view"),
    path("views/<int:view_id>/remove/", views.remove_view, name="remove_view"),
    path("due/", views.due, name="due"),
    path("issues/", views.issues, name="issues"),
    path("late/", views.late, name="late"),
    path("<int:engagement_id>/under-way/", views.under_way, name="under_way"),
    path("figures/", views.figures, name="figures"),
    path("notices/", views.notices, name="notices"),
    path("search/", views.search, name="search"),
]
