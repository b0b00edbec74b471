"""Every field of every table says who may ever see it."""

import pytest
from django.apps import apps

from rapport.domain.audience import Audience

MODELS = [model for model in apps.get_models() if model.__module__.startswith("rapport.")]


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
def test_every_field_has_an_audience(model):
    fields = {field.name for field in model._meta.concrete_fields}
    assert set(model.audience) == fields
    assert set(model.audience.values()) <= set(Audience)
