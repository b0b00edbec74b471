"""Addresses of pages about issues."""

from django.urls import path

from rapport.apps.issues import views
from rapport.apps.issues.views import editions, tasks

app_name = "issues"
urlpatterns = [
    path("<int:engagement_id>/issues/", views.issues, name="list"),
    path("<int:engagement_id>/issues/raise/", views.raise_one, name="raise"),
    path("<int:engagement_id>/issues/<int:number>/", views.issue, name="issue"),
    path("<int:engagement_id>/issues/<int:number>/words/", views.change, name="change"),
    path("<int:engagement_id>/issues/<int:number>/owner/", views.own, name="own"),
    path("<int:engagement_id>/issues/<int:number>/day/", views.set_day, name="set_day"),
    path("<int:engagement_id>/issues/<int:number>/comment/", views.comment, name="comment"),
    path("<int:engagement_id>/issues/<int:number>/comments/<int:comment_id>/file/", views.file, name="file"),
    path("<int:engagement_id>/issues/<int:number>/task/", tasks.give_task, name="give_task"),
    path("<int:engagement_id>/issues/<int:number>/step/<str:step>/", views.step, name="step"),
    path("<int:engagement_id>/issues/editions/", editions.editions, name="editions"),
    path("<int:engagement_id>/issues/editions/<int:edition_number>/", editions.edition, name="edition"),
    path("<int:engagement_id>/issues/editions/<int:edition_number>/approve/", editions.approve_edition, name="approve"),
    path("<int:engagement_id>/issues/editions/<int:edition_number>/discard/", editions.discard_edition, name="discard"),
    path("<int:engagement_id>/tasks/<int:task_id>/", tasks.task, name="task"),
    path("<int:engagement_id>/tasks/<int:task_id>/withdraw/", tasks.withdraw_task, name="withdraw_task"),
    path("<int:engagement_id>/tasks/<int:task_id>/done/", tasks.finish_task, name="finish_task"),
]
