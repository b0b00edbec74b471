"""Addresses of pages about meetings and reports."""

from django.urls import path

from rapport.apps.meetings import views
from rapport.apps.meetings.views import links

app_name = "meetings"
_HOME = "engagements/<int:engagement_id>/meetings/"
_MEETING = f"{_HOME}<int:meeting_id>/"
_REPORT = "engagements/<int:engagement_id>/reports/<int:report_id>/"
urlpatterns = [
    path(_HOME, views.overview, name="overview"),
    path(_MEETING, views.meeting, name="meeting"),
    path(f"{_MEETING}point/", views.add_point, name="add_point"),
    path(f"{_MEETING}move/", views.move, name="move"),
    path(f"{_MEETING}cancel/", views.cancel, name="cancel"),
    path(f"{_MEETING}hold/", views.hold, name="hold"),
    path(f"{_MEETING}minutes/", views.write_draft, name="write_draft"),
    path(f"{_MEETING}agree/", views.agree, name="agree"),
    path(f"{_MEETING}send-back/", views.send_back, name="send_back"),
    path(_REPORT, views.report, name="report"),
    path(f"{_REPORT}hand-in/", views.hand_in, name="hand_in"),
    path(f"{_REPORT}send-back/", views.send_report_back, name="send_report_back"),
    path(f"{_REPORT}addressee/", links.name_addressee, name="name_addressee"),
    path(f"{_REPORT}addressee/remove/", links.remove_addressee, name="remove_addressee"),
    path(f"{_REPORT}link/", links.send_link, name="send_link"),
    path(f"{_REPORT}link/revoke/", links.revoke_link, name="revoke_link"),
    path(f"{_HOME}links/", links.allow_links, name="allow_links"),
    path(f"{_HOME}links/forbid/", links.forbid_links, name="forbid_links"),
    path("meetings/report/handed-in/", links.handed_in, name="handed_in"),
    path("meetings/report/<str:secret>/", links.by_link, name="by_link"),
    path("meetings/calendar/", views.feed_page, name="feed_page"),
    path("meetings/calendar/revoke/", views.revoke_feed, name="revoke_feed"),
    path("meetings/feed/<str:secret>.ics", views.feed, name="feed"),
]
