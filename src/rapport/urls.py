"""Every address of the web application."""

from django.urls import include, path

from rapport import api
from rapport.apps.portfolio import views as portfolio

urlpatterns = [
    path("", portfolio.today, name="today"),
    path("health/", portfolio.health, name="health"),
    path("metrics/", portfolio.metrics, name="metrics"),
    path("api/", api.urls),
    path("portfolio/", include("rapport.apps.portfolio.urls")),
    path("sign-in/", include("allauth.account.urls")),
    path("sign-in/second-factor/", include("allauth.mfa.urls")),
    path("sign-in/sessions/", include("allauth.usersessions.urls")),
    path("", include("rapport.apps.accounts.urls")),
    path("notices/", include("rapport.apps.notices.urls")),
    path("channels/", include("rapport.apps.channels.urls")),
    path("partners/", include("rapport.apps.partners.urls")),
    path("engagements/", include("rapport.apps.engagements.urls")),
    path("engagements/", include("rapport.apps.delivery.urls")),
    path("engagements/", include("rapport.apps.kpis.urls")),
    path("engagements/", include("rapport.apps.assurance.urls")),
    path("engagements/", include("rapport.apps.issues.urls")),
    path("engagements/", include("rapport.apps.corrections.urls")),
    path("", include("rapport.apps.escalations.urls")),
    path("", include("rapport.apps.meetings.urls")),
    path("engagements/", include("rapport.apps.feedback.urls")),
    path("engagements/", include("rapport.apps.practices.urls")),
]
