"""Addresses of pages about engagements."""

from django.urls import path

from rapport.apps.engagements.views import agreements, drafts, engagements

app_name = "engagements"
urlpatterns = [
    path("start/", engagements.start, name="start"),
    path("<int:engagement_id>/", engagements.show, name="show"),
    path("<int:engagement_id>/edit/", engagements.edit, name="edit"),
    path("<int:engagement_id>/history/", engagements.history, name="history"),
    path("<int:engagement_id>/agreement/", agreements.agreement, name="agreement"),
    path("<int:engagement_id>/agreement/write/", drafts.write, name="write"),
    path("<int:engagement_id>/agreement/form/", drafts.form, name="form"),
    path("<int:engagement_id>/agreement/form/<str:section>/add/", drafts.form_add, name="form_add"),
    path("<int:engagement_id>/agreement/form/<str:section>/<int:place>/", drafts.form_item, name="form_item"),
    path(
        "<int:engagement_id>/agreement/form/<str:section>/<int:place>/remove/", drafts.form_remove, name="form_remove"
    ),
    path("<int:engagement_id>/agreement/<int:version_id>/", agreements.version, name="version"),
    path("<int:engagement_id>/agreement/<int:version_id>/propose/", agreements.propose, name="propose"),
    path("<int:engagement_id>/agreement/<int:version_id>/sign/", agreements.sign, name="sign"),
    path("<int:engagement_id>/agreement/<int:version_id>/withdraw/", agreements.withdraw, name="withdraw"),
    path("<int:engagement_id>/agreement/<int:version_id>/remark/", agreements.remark, name="remark"),
]
