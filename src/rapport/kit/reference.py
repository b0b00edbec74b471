"""The API described: for programs as OpenAPI, problems and idempotency keys included, and for people as a page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.operation import Operation

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


@dataclass(frozen=True)
class Described:
    """A field or parameter as the reference shows it."""

    name: str
    place: str
    kind: str
    is_required: bool
    about: str


@dataclass(frozen=True)
class OperationShown:
    """One operation as the reference shows it: what it takes, in the address and in the body, and what it answers."""

    name: str
    method: str
    path: str
    summary: str
    about: str
    takes: list[Described]
    answers: list[Described]
    is_page: bool


class Reference(DocsBase):
    """The page that describes the API, in the style of all pages and without a file from elsewhere."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **_: Any) -> HttpResponse:
        """The page, for whoever is signed in."""
        context = {"parts": parts_of(api.get_openapi_schema()), "base": request.build_absolute_uri("/api/")}
        return render(request, "kit/api_reference.html", context)


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


def parts_of(schema: dict[str, Any]) -> dict[str, list[OperationShown]]:
    """What an OpenAPI description says, by the part of the product, for people to read."""
    parts: dict[str, list[OperationShown]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parts.setdefault(operation["tags"][0], []).append(_operation(schema, path, method, operation))
    return parts


def _operation(schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> OperationShown:
    parameters = [
        Described(one["name"], one["in"], _kind(one["schema"]), one["required"], one.get("description", ""))
        for one in operation["parameters"]
    ]
    good = next(said for status, said in operation["responses"].items() if status.startswith("2"))
    taken, answered = (_body(schema, content) for content in (operation.get("requestBody", {}), good))
    item = answered.get("properties", {}).get("items")
    return OperationShown(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        about=operation["description"],
        takes=[*parameters, *_fields(taken)],
        answers=_fields(_resolved(schema, item["items"]) if item else answered),
        is_page=item is not None,
    )


def _body(schema: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = next(iter(content.get("content", {}).values()), {})
    return _resolved(schema, described.get("schema", {}))


def _fields(body: dict[str, Any]) -> list[Described]:
    required = body.get("required", [])
    return [
        Described(name, "body", _kind(one), name in required, one.get("description", ""))
        for name, one in body.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    name = found.get("$ref", "").rpartition("/")[2]
    return dict(schema["components"]["schemas"][name]) if name else found


def _kind(found: dict[str, Any]) -> str:
    """What kind of value it is, in a word or two."""
    if "anyOf" in found:
        return " or ".join(_kind(one) for one in found["anyOf"])
    if "enum" in found:
        return " or ".join(map(str, found["enum"]))
    if found.get("type") == "array":
        return f"list of {_kind(found['items'])}"
    reference = found.get("$ref", "").rpartition("/")[2]
    return str(found.get("format") or found.get("type") or reference)
