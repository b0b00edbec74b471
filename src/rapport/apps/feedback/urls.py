"""Addresses of pages about feedback, ratings and support."""

from django.urls import path

from rapport.apps.feedback import views

_HOME = "<int:engagement_id>/feedback/"
_SAID = f"{_HOME}<int:feedback_number>/"
_ROUND = f"{_HOME}ratings/<int:round_number>/"
_PROMISE = f"{_HOME}support/<int:promise_number>/"

app_name = "feedback"
urlpatterns = [
    path(_HOME, views.overview, name="overview"),
    path(f"{_HOME}write/", views.write, name="write"),
    path(f"{_HOME}drafts/<int:draft_number>/", views.draft, name="draft"),
    path(f"{_HOME}drafts/<int:draft_number>/drop/", views.drop, name="drop"),
    path(_SAID, views.show, name="show"),
    path(f"{_SAID}acknowledge/", views.acknowledge, name="acknowledge"),
    path(f"{_SAID}answer/", views.answer, name="answer"),
    path(f"{_SAID}withdraw/", views.withdraw, name="withdraw"),
    path(f"{_SAID}raise/", views.raise_issue, name="raise"),
    path(f"{_HOME}ratings/open/", views.open_round, name="open_round"),
    path(_ROUND, views.show_round, name="round"),
    path(f"{_HOME}support/promise/", views.make_promise, name="make_promise"),
    path(_PROMISE, views.show_promise, name="promise"),
    path(f"{_PROMISE}file/", views.file, name="file"),
    path(f"{_PROMISE}keep/", views.keep, name="keep"),
    path(f"{_PROMISE}send-back/", views.send_back, name="send_back"),
    path(f"{_PROMISE}move/", views.move, name="move"),
    path(f"{_PROMISE}answer-move/", views.answer_move, name="answer_move"),
]
