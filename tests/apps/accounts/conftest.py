"""An issuer to come in by."""

import pytest
from django.utils import timezone
from issuer import CLIENT, SECRET, Issuer

from rapport.settings import company_sign_in


@pytest.fixture
def issuer(settings):
    """An issuer that runs, and that this installation trusts under the name of Northwind."""
    running = Issuer()
    settings.SOCIALACCOUNT_PROVIDERS = company_sign_in({
        "RAPPORT_OIDC_ISSUER": running.address, "RAPPORT_OIDC_CLIENT_ID": CLIENT,
        "RAPPORT_OIDC_CLIENT_SECRET": SECRET, "RAPPORT_OIDC_NAME": "Northwind",
    })  # fmt: skip
    yield running
    running.close()


@pytest.fixture
def today_now():
    """The moment at which pages take what was just made to be made."""
    return timezone.now()
