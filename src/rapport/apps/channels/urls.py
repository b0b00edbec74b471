"""Addresses of pages about channels."""

from django.urls import path

from rapport.apps.channels import views

app_name = "channels"
urlpatterns = [
    path("", views.channels, name="list"),
    path("add-webhook/", views.add_webhook, name="add_webhook"),
    path("add-chat/", views.add_chat, name="add_chat"),
    path("<int:channel_id>/", views.show, name="show"),
    path("<int:channel_id>/test/", views.test, name="test"),
    path("<int:channel_id>/progress/", views.progress, name="progress"),
    path("<int:channel_id>/pause/", views.pause, name="pause"),
    path("<int:channel_id>/resume/", views.resume, name="resume"),
    path("<int:channel_id>/secret/", views.change_secret, name="change_secret"),
    path("<int:channel_id>/remove/", views.remove, name="remove"),
]
