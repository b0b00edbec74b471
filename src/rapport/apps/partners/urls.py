"""Addresses of pages about partners."""

from django.urls import path

from rapport.apps.partners import views

app_name = "partners"
urlpatterns = [
    path("", views.partners, name="list"),
    path("add/", views.add, name="add"),
    path("<int:organisation_id>/", views.show, name="show"),
    path("<int:organisation_id>/edit/", views.edit, name="edit"),
    path("<int:organisation_id>/contacts/add/", views.add_contact, name="add_contact"),
    path("<int:organisation_id>/documents/hand-in/", views.hand_in, name="hand_in"),
    path("contacts/<int:contact_id>/remove/", views.remove_contact, name="remove_contact"),
    path("documents/<int:document_id>/accept/", views.accept_document, name="accept_document"),
    path("documents/<int:document_id>/download/", views.download_document, name="download_document"),
]
