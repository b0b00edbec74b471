"""Addresses of pages about organisations and people."""

from django.urls import path

from rapport.apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("first-run/", views.first_run, name="first_run"),
    path("invitations/<str:secret>/", views.accept, name="accept"),
    path("invitations/<str:secret>/company/", views.accept_by_company, name="accept_by_company"),
    path("sign-in/company/", views.company_sign_in, name="company_sign_in"),
    path("sign-in/company/back/", views.company_back, name="company_back"),
    path("people/", views.people, name="people"),
    path("people/invite/<int:organisation_id>/", views.invite, name="invite"),
    path("people/invitations/<int:invitation_id>/revoke/", views.revoke_invitation, name="revoke_invitation"),
    path("people/teams/make/<int:organisation_id>/", views.make_team, name="make_team"),
    path("people/teams/<int:team_id>/", views.change_team, name="change_team"),
    path("people/teams/<int:team_id>/dissolve/", views.dissolve_team, name="dissolve_team"),
    path("people/<int:person_id>/", views.person, name="person"),
    path("people/<int:person_id>/role/", views.change_role, name="change_role"),
    path("people/<int:person_id>/function/", views.change_function, name="change_function"),
    path("people/<int:person_id>/close/", views.close_account, name="close_account"),
    path("people/<int:person_id>/reopen/", views.reopen_account, name="reopen_account"),
    path("people/<int:person_id>/unlink/", views.unlink_identity, name="unlink_identity"),
    path("people/<int:person_id>/second-factor/", views.remove_second_factor, name="remove_second_factor"),
    path("keys/", views.tokens, name="tokens"),
    path("keys/<int:token_id>/revoke/", views.revoke_token, name="revoke_token"),
]
