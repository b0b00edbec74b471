"""Addresses of pages about corrective actions."""

from django.urls import path

from rapport.apps.corrections import views

app_name = "corrections"
_HERE = "<int:engagement_id>/issues/<int:number>/correction/"
urlpatterns = [
    path("<int:engagement_id>/plans/", views.plans, name="plans"),
    path(_HERE, views.show, name="show"),
    path(f"{_HERE}summary/", views.summary, name="summary"),
    path(f"{_HERE}start/", views.start, name="start"),
    path(f"{_HERE}contain/", views.contain, name="contain"),
    path(f"{_HERE}causes/", views.add_cause, name="add_cause"),
    path(f"{_HERE}causes/<int:cause_id>/", views.cause, name="cause"),
    path(f"{_HERE}causes/<int:cause_id>/remove/", views.remove_cause, name="remove_cause"),
    path(f"{_HERE}causes/<int:cause_id>/file/", views.cause_file, name="cause_file"),
    path(f"{_HERE}causes/propose/", views.propose_causes, name="propose_causes"),
    path(f"{_HERE}owner/", views.name_owner, name="name_owner"),
    path(f"{_HERE}measure/", views.set_measure, name="set_measure"),
    path(f"{_HERE}targets/", views.add_target, name="add_target"),
    path(f"{_HERE}targets/<int:target_id>/remove/", views.remove_target, name="remove_target"),
    path(f"{_HERE}plan/propose/", views.propose_plan, name="propose_plan"),
    path(f"{_HERE}accept/", views.accept, name="accept"),
    path(f"{_HERE}send-back/", views.send_back, name="send_back"),
    path(f"{_HERE}claim/", views.claim, name="claim"),
    path(f"{_HERE}close/", views.close, name="close"),
    path(f"{_HERE}fail/", views.fail, name="fail"),
    path(f"{_HERE}resolve/", views.resolve, name="resolve"),
]
