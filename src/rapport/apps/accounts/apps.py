from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Organisations and people."""

    name = "rapport.apps.accounts"
    label = "accounts"
