"""The API for programs: which parts it is made of, who may ask, and how its answers leave."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from ninja import Router

from rapport.apps.accounts.api import Key, answered_once
from rapport.apps.accounts.api import router as people
from rapport.apps.accounts.policy import NotAllowed
from rapport.apps.assurance.api import router as figures
from rapport.apps.channels.api import router as channels
from rapport.apps.corrections.api import router as corrections
from rapport.apps.delivery.api import router as records
from rapport.apps.engagements.api import agreements
from rapport.apps.engagements.api import router as engagements
from rapport.apps.escalations.api import router as escalations
from rapport.apps.feedback.api import router as feedback
from rapport.apps.issues.api import router as issues
from rapport.apps.kpis.api import router as results
from rapport.apps.meetings.api import router as meetings
from rapport.apps.partners.api import router as partners
from rapport.apps.portfolio.api import router as today
from rapport.apps.practices.api import router as practices
from rapport.domain.refusals import Refused
from rapport.kit.api import TOLD, Problem, problem_answer, problem_of
from rapport.kit.reference import Api, Reference

_ABOUT = """What people do on pages, for programs. Show a key as `Authorization: Bearer …`; whatever is done is done by
its owner. Lists come in pages: ask again with `cursor` set to `next` until that is null. A `POST` with an
`Idempotency-Key` happens once, and its repetition within a day gets the same answer."""
_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

api = Api(title="Rapport", version="1", description=_ABOUT, auth=Key(), docs=Reference(), urls_namespace="api")
for part in (
    today,
    people,
    channels,
    partners,
    engagements,
    agreements,
    records,
    results,
    figures,
    issues,
    corrections,
    escalations,
    meetings,
    feedback,
    practices,
):
    api.add_router("", part)

nowhere = Router()


@nowhere.api_operation(_METHODS, "/{path:rest}", include_in_schema=False)
def missing(request: HttpRequest, rest: str) -> None:  # noqa: ARG001 - every operation is called with both
    """Whatever has no address here."""
    raise Http404


api.add_router("", nowhere)


def _problem_of(error: Exception | type[Exception]) -> Problem:
    """What went wrong, a person's refusal included."""
    match error:
        case NotAllowed():
            return Problem(403, str(error))
        case Refused():
            return Problem(409, str(error))
        case _:
            return problem_of(error)


_TOLD = (Refused, *TOLD)
for kind in _TOLD:
    api.add_exception_handler(kind, lambda _, error: problem_answer(_problem_of(error)))


def _answering(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """An address of the API among the pages: a key opens it and no cookie, and nothing on the way keeps its answers."""

    @login_not_required
    @wraps(view)
    def answered(request: HttpRequest, **values: Any) -> HttpResponseBase:
        try:
            answer = answered_once(request, lambda: view(request, **values))
        except _TOLD as error:
            answer = problem_answer(_problem_of(error))
        if answer.status_code == 405:
            said = "This address does not take this method."
            answer = problem_answer(Problem(405, said, Allow=answer.headers["Allow"]))
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    return answered


def _addresses() -> tuple[list[Any], str, str]:
    patterns, app, namespace = api.urls
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        assert pattern.callback is not None
        if pattern.name == "openapi-json":
            login_not_required(pattern.callback)
        elif pattern.name != "openapi-view":
            pattern.callback = _answering(pattern.callback)
    return patterns, app, namespace


urls = _addresses()
