"""Addresses of pages about organisations and people."""

from django.urls import path

from rapport.apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("first-run/", views.first_run, name="first_run"),
    path("invitations/<str:secret>/", views.accept, name="accept"),
    path("people/", views.people, name="people"),
    path("people/invite/<int:organisation_id>/", views.invite, name="invite"),
    path("people/invitations/<int:invitation_id>/revoke/", views.revoke_invitation, name="revoke_invitation"),
    path("people/<int:person_id>/role/", views.change_role, name="change_role"),
    path("people/<int:person_id>/close/", views.close_account, name="close_account"),
    path("keys/", views.tokens, name="tokens"),
    path("keys/<int:token_id>/revoke/", views.revoke_token, name="revoke_token"),
]
