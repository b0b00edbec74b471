from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """Records of what was delivered."""

    name = "rapport.apps.delivery"
    label = "delivery"
