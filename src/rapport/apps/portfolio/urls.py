"""Addresses of the way in."""

from django.urls import path

from rapport.apps.portfolio import views

app_name = "portfolio"
urlpatterns = [path("", views.engagements, name="engagements")]
