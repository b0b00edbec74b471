"""What every address of the API stands on, whatever it is about.

A list comes in pages with a cursor; whatever goes wrong is told as a problem (RFC 9457).
"""

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.http import urlencode
from ninja import Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field, StringConstraints

from rapport.kit.uploads import LARGEST_FILE, megabytes

S = TypeVar("S")
T = TypeVar("T")
M = TypeVar("M", bound=models.Model)

_BODY = "asked"
"""What operations call their body, which is nothing to whoever sends it."""

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""A text that a database can keep."""
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=200)]
"""A text of one line, such as a name or a title."""


class Problem(Exception):  # noqa: N818 - named as in the standard it follows
    """Why a request was not answered as asked; `errors` are pairs of a place in the request and what is wrong there."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[tuple[Sequence[str | int], str]] = (), **headers: str
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers


def problem_answer(problem: Problem) -> HttpResponse:
    """A problem as RFC 9457 writes it; it names no address, so that foreign and missing objects answer alike."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        content["errors"] = [{"location": list(place), "message": what} for place, what in problem.errors]
    headers = {name.replace("_", "-"): value for name, value in problem.headers.items()}
    return JsonResponse(content, status=problem.status, content_type="application/problem+json", headers=headers)


TOLD = (Problem, Http404, ValidationError, HttpError, SuspiciousOperation, MultiPartParserError)
"""Whatever goes wrong on the way that whoever asks can mend."""


def problem_of(error: Exception | type[Exception]) -> Problem:
    """What went wrong, as programs are told."""
    match error:
        case Problem():
            return error
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
            most = megabytes(LARGEST_FILE)
            return Problem(413, f"The request is larger than 2 MB, or its file larger than {most}; send less at once.")
        case _:
            return Problem(400, "The request cannot be read; send what its Content-Type says.")


class Paging(Schema):
    """Which part of a list is asked for."""

    limit: int = Field(50, ge=1, le=200, description="How many at most.")
    cursor: Text | None = Field(None, max_length=1000, description="What the page before said under “next”.")


class Page(Schema, Generic[T]):
    """A part of a list; `next` is the cursor of the part after it, null at the end."""

    items: list[T]
    next: str | None


def page_of(
    request: HttpRequest, paging: Paging, found: models.QuerySet[M], shown: Callable[[M], T], by: str = "pk"
) -> Page[T]:
    """A page of rows in the order of a unique number, `-` before it for the highest first."""
    field, after = by.removeprefix("-"), _position(request, paging, "")
    if after is not None:
        found = found.filter(**{f"{field}__{'lt' if by != field else 'gt'}": after})
    rows = list(found.order_by(by)[: paging.limit + 1])
    return _page(request, paging, [(getattr(row, field), row) for row in rows], shown, "")


def page_in(request: HttpRequest, paging: Paging, numbered: Iterable[tuple[int, T]], basis: str = "") -> Page[T]:
    """A page of a list whose items come with rising numbers; a cursor holds only for the `basis` it was made on."""
    return page_shown(request, paging, numbered, lambda item: item, basis)


def page_shown(
    request: HttpRequest, paging: Paging, numbered: Iterable[tuple[int, S]], shown: Callable[[S], T], basis: str = ""
) -> Page[T]:
    """The same of a list whose items take long to shape: only those of the page are."""
    after = _position(request, paging, basis)
    rest = [(number, item) for number, item in numbered if after is None or number > after]
    return _page(request, paging, rest, shown, basis)


def _page(
    request: HttpRequest, paging: Paging, rest: Sequence[tuple[int, Any]], shown: Callable[[Any], T], basis: str
) -> Page[T]:
    here = rest[: paging.limit]
    cursor = signing.dumps(here[-1][0], salt=_salt(request, basis)) if len(rest) > len(here) else None
    return Page(items=[shown(item) for _, item in here], next=cursor)


def _position(request: HttpRequest, paging: Paging, basis: str) -> int | None:
    if paging.cursor is None:
        return None
    try:
        return int(signing.loads(paging.cursor, salt=_salt(request, basis)))
    except signing.BadSignature:
        what = "This cursor is not of this list as it is now; begin again without one."
        raise Problem(422, what, [(("query", "cursor"), what)]) from None


def _salt(request: HttpRequest, basis: str) -> str:
    """What a cursor holds for: one key, one list, one way of asking for it."""
    asked = sorted((name, str(value)) for name, value in request.GET.items() if name not in ("cursor", "limit"))
    key = vars(request)["auth"].pk
    return "\n".join(("cursor", str(key), request.path, urlencode(asked), basis))


def chosen(found: models.QuerySet[M], number: int, field: str) -> M:
    """The object that the body names by its number, of those that the actor may choose from."""
    if (row := found.filter(pk=number).first()) is None:
        what = f"There is nothing numbered {number} to choose here."
        raise Problem(422, what, [(("body", field), what)])
    return row
