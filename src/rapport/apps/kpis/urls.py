"""Addresses of pages about results. Committing and withdrawing records stand here because results follow from them."""

from django.urls import path

from rapport.apps.kpis import views

app_name = "kpis"
urlpatterns = [
    path("<int:engagement_id>/records/<int:batch_id>/commit/", views.commit, name="commit"),
    path("<int:engagement_id>/records/<int:batch_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:engagement_id>/compute/", views.compute, name="compute"),
    path("<int:engagement_id>/compute/progress/", views.progress, name="progress"),
    path("<int:engagement_id>/agreement/form/kpis/<int:place>/example/", views.example, name="example"),
    path("<int:engagement_id>/results/", views.results, name="results"),
    path("<int:engagement_id>/results/<str:kpi>/", views.kpi, name="kpi"),
    path("<int:engagement_id>/results/<str:kpi>/<str:period>/", views.rows, name="rows"),
]
