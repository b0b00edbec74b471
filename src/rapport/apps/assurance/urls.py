"""Addresses of pages about both sides' figures."""

from django.urls import URLPattern

app_name = "assurance"
urlpatterns: list[URLPattern] = []
