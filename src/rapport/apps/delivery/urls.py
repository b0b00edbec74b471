"""Addresses of pages about records."""

from django.urls import path

from rapport.apps.delivery import views

app_name = "delivery"
urlpatterns = [
    path("<int:engagement_id>/records/", views.records, name="records"),
    path("<int:engagement_id>/records/upload/", views.upload, name="upload"),
    path("<int:engagement_id>/records/<int:batch_id>/", views.batch, name="batch"),
    path("<int:engagement_id>/records/<int:batch_id>/progress/", views.progress, name="progress"),
]
