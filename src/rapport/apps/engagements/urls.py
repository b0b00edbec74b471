"""Addresses of pages about engagements."""

from django.urls import path

from rapport.apps.engagements import views

app_name = "engagements"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("<int:engagement_id>/", views.show, name="show"),
    path("<int:engagement_id>/edit/", views.edit, name="edit"),
    path("<int:engagement_id>/history/", views.history, name="history"),
    path("<int:engagement_id>/agreement/", views.agreement, name="agreement"),
    path("<int:engagement_id>/agreement/write/", views.write, name="write"),
    path("<int:engagement_id>/agreement/form/", views.form, name="form"),
    path("<int:engagement_id>/agreement/form/<str:section>/add/", views.form_add, name="form_add"),
    path("<int:engagement_id>/agreement/form/<str:section>/<int:place>/", views.form_item, name="form_item"),
    path("<int:engagement_id>/agreement/form/<str:section>/<int:place>/remove/", views.form_remove, name="form_remove"),
    path("<int:engagement_id>/agreement/<int:version_id>/", views.version, name="version"),
    path("<int:engagement_id>/agreement/<int:version_id>/propose/", views.propose, name="propose"),
    path("<int:engagement_id>/agreement/<int:version_id>/sign/", views.sign, name="sign"),
    path("<int:engagement_id>/agreement/<int:version_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:engagement_id>/agreement/<int:version_id>/remark/", views.remark, name="remark"),
]
