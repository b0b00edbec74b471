"""Addresses of pages about being told."""

from django.urls import path

from rapport.apps.notices import views

app_name = "notices"
urlpatterns = [
    path("habits/", views.habits, name="habits"),
    path("read/", views.read_everything, name="read_everything"),
]
