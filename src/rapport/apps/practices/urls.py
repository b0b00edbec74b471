"""Addresses of pages about practices."""

from django.urls import path

from rapport.apps.practices import views

app_name = "practices"
urlpatterns = [
    path("symptoms/", views.symptoms, name="symptoms"),
    path("<int:engagement_id>/practices/", views.show, name="show"),
    path("<int:engagement_id>/practices/summary/", views.summary, name="summary"),
]
