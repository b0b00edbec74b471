"""The description of the API: kept beside the code, shown on a page, and true whatever is sent."""

import json
import os
from pathlib import Path

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.test_isolation import objects
from rapport.api import api

__all__ = ["objects"]

KEPT = Path(__file__).parents[3] / "docs" / "openapi.json"
REFRESH = "REFRESH_OPENAPI=1 make test ARGS=tests/apps/api/test_api_described.py"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SCHEMA = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
PLACES = ("engagement_id", "version_id", "batch_id", "organisation_id", "document_id")


@pytest.fixture(autouse=True)
def _connection_stays(monkeypatch):
    """Requests that come by WSGI close the connection when they end, and with it the transaction of the test."""
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


def test_the_description_is_the_one_that_is_kept():
    described = json.dumps(api.get_openapi_schema(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("REFRESH_OPENAPI"):
        KEPT.write_text(described, encoding="utf-8")
    assert KEPT.read_text(encoding="utf-8") == described, f"The API has changed; if it was to: {REFRESH}"


def test_operations_have_names_of_their_own():
    names = [operation.definition.raw["operationId"] for operation in OPERATIONS]
    assert len(names) == len(set(names)) > 40


def test_the_page_tells_every_operation_and_loads_nothing_from_elsewhere(world, signed_in):
    answer = signed_in(world.partner_viewer).get("/api/docs")
    page = answer.content.decode()
    for operation in OPERATIONS:
        assert f"<code>{operation.path}</code>" in page
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_the_page_is_for_whoever_is_signed_in_and_the_description_for_all(world):
    assert Client().get("/api/docs").url.startswith("/sign-in/login/")
    assert Client().get("/api/openapi.json").json()["openapi"].startswith("3.")


@pytest.fixture(params=["manager", "signer", "nobody"])
def headers(request, world, secret_of):
    if request.param == "nobody":
        return {}
    return {"Authorization": f"Bearer {secret_of(getattr(world, request.param))}"}


def sending(operation, headers, own):
    """Sends an operation values of every kind, half of them on objects that are there."""

    @settings(max_examples=3, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.data())
    def send(data):
        case = data.draw(operation.as_strategy(generation_mode=data.draw(st.sampled_from(MODES))))
        if data.draw(st.booleans()):
            case.path_parameters |= {name: own[name] for name in PLACES if name in case.path_parameters}
        case.call_and_validate(headers=headers, checks=CHECKS)

    return send


def test_whatever_is_sent_is_answered_as_described(headers, world, objects):
    for operation in OPERATIONS:
        sending(operation, headers, objects.own)()


FOR_ADMINISTRATORS = {"/channels"}


def _is_open(path):
    """Whether there is something at an address for whoever delivers the records."""
    return "/figures/{kpi}" not in path and not any(path.endswith(one) for one in FOR_ADMINISTRATORS)


def test_results_are_as_described(agreed, records, world):
    home = f"/engagements/{world.engagement.pk}"
    batch = agreed.partner.send(f"{home}/batches", records("surveys"), source="surveys").json()
    agreed.partner("POST", f"{home}/batches/{batch['id']}/commit")
    period = agreed.partner.all(f"{home}/results/satisfaction")[0]["period"]
    there = {"engagement_id": world.engagement.pk, "kpi": "satisfaction", "period": period, "batch_id": batch["id"]}
    for operation in OPERATIONS:
        names = {parameter.name for parameter in operation.path_parameters}
        if operation.method == "get" and names <= there.keys() and _is_open(operation.path):
            case = operation.Case(path_parameters={name: there[name] for name in names})
            response = case.call(headers=agreed.partner.headers)
            case.validate_response(response, checks=CHECKS)
            assert response.status_code == 200, operation.label
