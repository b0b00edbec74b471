"""How signing in is fitted to this product: nobody makes an account unasked, and a closed account opens nothing."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Accounts come by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an account belongs to an organisation, and only an invitation says to which."""
        return False
