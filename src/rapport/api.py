"""The API for programs: which parts it is made of, who may ask, and how its answers look when something is wrong."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import DocsBase
from ninja.operation import Operation

from rapport.apps.accounts.api import Key, Problem, answered_once, parts_of, problem_answer
from rapport.apps.accounts.api import router as people
from rapport.apps.accounts.policy import NotAllowed, Refused
from rapport.apps.delivery.api import router as records
from rapport.apps.engagements.api import agreements
from rapport.apps.engagements.api import router as engagements
from rapport.apps.kpis.api import router as results
from rapport.apps.partners.api import router as partners
from rapport.apps.portfolio.api import router as today

_ABOUT = """What people do on pages, for programs. Show a key as `Authorization: Bearer …`; whatever is done is done by
its owner. Lists come in pages: ask again with `cursor` set to `next` until that is null. A `POST` with an
`Idempotency-Key` happens once, and its repetition within a day gets the same answer."""
_BODY = "asked"
"""What operations call their body, which is nothing to whoever sends it."""
_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
_PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "No living key was shown.",
    "403": "The key or the role does not allow it.",
    "404": "There is no such thing, or not for you.",
    "409": "It was refused as things stand; `detail` says why and how to mend it.",
    "413": "The request is too large.",
    "422": "Something in the request is not as described; `errors` says where.",
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["location", "message"],
                "properties": {
                    "location": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "A word of your choice for this one thing; a repetition with it gets the same answer.",
    "schema": {"type": "string", "maxLength": 200},
}


class Reference(DocsBase):
    """The page that describes the API, in the style of all pages and without a file from elsewhere."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **_: Any) -> HttpResponse:
        """The page, for whoever is signed in."""
        context = {"parts": parts_of(api.get_openapi_schema()), "base": request.build_absolute_uri("/api/")}
        return render(request, "accounts/api_reference.html", context)


class Api(NinjaAPI):
    """The API with its problems and idempotency keys described."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """What an operation is called: as its function is, such as `list_batches`."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """The OpenAPI description: what each operation takes and answers, problems included."""
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["schemas"]["Problem"] = _PROBLEM
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        schema["components"]["responses"] = {
            status: {"description": said, "content": content} for status, said in _PROBLEMS.items()
        }
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                _describe(method, operation)
        return schema


def _describe(method: str, operation: dict[str, Any]) -> None:
    operation["summary"] = operation["summary"].capitalize()
    operation["responses"] = {str(status): said for status, said in operation["responses"].items()}
    for status in _PROBLEMS:
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{status}"})
    if method == "post":
        operation["parameters"] = [*operation["parameters"], _IDEMPOTENCY_KEY]


api = Api(title="Rapport", version="1", description=_ABOUT, auth=Key(), docs=Reference(), urls_namespace="api")
for part in (today, people, partners, engagements, agreements, records, results):
    api.add_router("", part)

nowhere = Router()


@nowhere.api_operation(_METHODS, "/{path:rest}", include_in_schema=False)
def missing(request: HttpRequest, rest: str) -> None:  # noqa: ARG001 - every operation is called with both
    """Whatever has no address here."""
    raise Http404


api.add_router("", nowhere)


def problem_of(error: Exception | type[Exception]) -> Problem:
    """What went wrong, as programs are told."""
    match error:
        case Problem():
            return error
        case NotAllowed():
            return Problem(403, str(error))
        case Refused():
            return Problem(409, str(error))
        case Http404():
            return Problem(404, "There is nothing here, or nothing that you may see.")
        case AuthenticationError():
            said = "Show a key that is neither revoked nor too old: Authorization: Bearer …"
            return Problem(401, said, WWW_Authenticate="Bearer")
        case ValidationError():
            errors = [([part for part in one["loc"] if part != _BODY], one["msg"]) for one in error.errors]
            return Problem(422, "Something in the request is not as described; errors says where.", errors)
        case HttpError():
            return Problem(error.status_code, f"{error.message}.")
        case RequestDataTooBig():
            return Problem(413, "The request is larger than 2 MB, or its file larger than 100 MB; send less at once.")
        case _:
            return Problem(400, "The request cannot be read; send what its Content-Type says.")


_TOLD = (Problem, Refused, Http404, ValidationError, HttpError, SuspiciousOperation, MultiPartParserError)
for kind in _TOLD:
    api.add_exception_handler(kind, lambda _, error: problem_answer(problem_of(error)))


def _answering(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """An address of the API among the pages: a key opens it and no cookie, and nothing on the way keeps its answers."""

    @login_not_required
    @wraps(view)
    def answered(request: HttpRequest, **values: Any) -> HttpResponseBase:
        try:
            answer = answered_once(request, lambda: view(request, **values))
        except _TOLD as error:
            answer = problem_answer(problem_of(error))
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
