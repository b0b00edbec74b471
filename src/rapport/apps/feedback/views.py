"""Pages about feedback, ratings and support."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.feedback import actions, forms, queries
from rapport.apps.feedback.models import Draft, Feedback, Promise, Round
from rapport.apps.feedback.policy import may_rate
from rapport.apps.feedback.queries.rounds import Seen
from rapport.apps.issues.policy import may_work
from rapport.domain import support
from rapport.domain.ratings import HIGHEST, LOWEST, Answer, State
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.kit.addresses import number
from rapport.kit.charts import apart, sparkline
from rapport.kit.exports import Column, as_file
from rapport.kit.uploads import download

_A_PAGE = 25
_ROUNDS = 12
_COLUMNS: list[Column[Feedback]] = [
    Column("Number", lambda one: one.number),
    Column("Says", lambda one: one.kind),
    Column("By", lambda one: one.by),
    Column("Author", lambda one: one.author.name),
    Column("Shared at", lambda one: one.at),
    Column("People or team", lambda one: one.people or one.team),
    Column("Observation", lambda one: one.seen),
    Column("Impact", lambda one: one.effect),
    Column("Request", lambda one: one.asked),
    Column("State", lambda one: one.state),
    Column("Answer", lambda one: one.answer),
    Column("Issue", lambda one: one.raised.number if one.raised else None),
]
_PROMISED: list[Column[Promise]] = [
    Column("Number", lambda one: one.number),
    Column("Kind", lambda one: one.kind),
    Column("What", lambda one: one.what),
    Column("By", lambda one: one.by),
    Column("To", lambda one: one.recipient),
    Column("Promised for", lambda one: one.first_due_on),
    Column("Due", lambda one: one.due_on),
    Column("Given on", lambda one: one.kept_on),
    Column("How", lambda one: one.note),
]
_CHOICES = {"kind": ("recognition", "change"), "by": list(Side)}
"""What the list can be asked for."""
_SEALED = "Your side's rating is sealed and signed; you can change it until both have spoken."
_OPENED = "Your side's rating is signed. Both sides have spoken: both ratings are open now, and stay as they are."
Act = Callable[..., object]


@require_GET
def overview(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """How working together goes: what both say, how they rate it, and what support is promised."""
    actor, engagement = _asked(request, engagement_id)
    wanted = queries.asked(request.GET.dict())
    said, promises = queries.listed(actor, engagement, wanted), queries.promises_of(actor, engagement)
    if file := as_file(request, f"Feedback {engagement.title}", _COLUMNS, said):
        return file
    if file := as_file(request, f"Support {engagement.title}", _PROMISED, promises, part="support"):
        return file
    today = timezone.now().date()
    rounds = queries.seen_rounds(actor, queries.rounds_of(actor, engagement)[:_ROUNDS])
    context = {
        "engagement": engagement,
        "asked": wanted,
        "choices": _CHOICES,
        "page": Paginator(said, _A_PAGE).get_page(request.GET.get("page")),
        "drafts": queries.visible_drafts(actor).filter(engagement=engagement),
        "rounds": rounds,
        "has_open_round": bool(rounds and not rounds[0].is_over),
        "trends": _trends(rounds),
        "promises": [(one, queries.standing_of(one, today)) for one in promises],
        "counts": queries.feedback_counts([engagement.pk])[engagement.pk],
        "may_work": may_work(actor),
    }
    return render(request, "feedback/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Write feedback: kept as a draft for one's own side, or shared."""
    actor, engagement = _asked(request, engagement_id)
    return _written(request, actor, engagement, None)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, engagement_id: int, draft_number: int) -> HttpResponse:
    """A draft of one's own side, to go on with."""
    actor, engagement = _asked(request, engagement_id)
    found = queries.visible_drafts(actor).filter(engagement=engagement, number=draft_number).first()
    if found is None and not (request.POST and may_work(actor)):
        raise Http404
    return _written(request, actor, engagement, found, is_gone=found is None)


@require_POST
def drop(request: HttpRequest, engagement_id: int, draft_number: int) -> HttpResponse:
    """Throw a draft away."""
    actor = actor_of(request)
    drafts = queries.visible_drafts(actor).filter(engagement=engagement_id)
    found: Draft = get_object_or_404(drafts, number=draft_number)
    _try(request, partial(actions.drop_draft, by=actor, draft=found, turn=_turn_read(request)))
    return redirect("feedback:overview", engagement_id)


@require_GET
def show(request: HttpRequest, engagement_id: int, feedback_number: int) -> HttpResponse:
    """Feedback that was shared, and what the other side makes of it."""
    actor, found = _asked_feedback(request, engagement_id, feedback_number)
    return _show(request, actor, found)


@require_POST
def acknowledge(request: HttpRequest, engagement_id: int, feedback_number: int) -> HttpResponse:
    """Say that feedback was read."""
    actor, found = _asked_feedback(request, engagement_id, feedback_number)
    _try(request, partial(actions.acknowledge, by=actor, feedback=found, at=timezone.now()))
    return redirect("feedback:show", engagement_id, feedback_number)


@require_POST
def answer(request: HttpRequest, engagement_id: int, feedback_number: int) -> HttpResponse:
    """Answer feedback once."""
    actor, found = _asked_feedback(request, engagement_id, feedback_number)
    act = partial(actions.answer, by=actor, feedback=found, at=timezone.now())
    return _stepped(request, actor, found, "answer", forms.AnswerForm(request.POST), act)


@require_POST
def withdraw(request: HttpRequest, engagement_id: int, feedback_number: int) -> HttpResponse:
    """Take feedback back, with a reason."""
    actor, found = _asked_feedback(request, engagement_id, feedback_number)
    act = partial(actions.withdraw, by=actor, feedback=found, at=timezone.now())
    return _stepped(request, actor, found, "withdraw", forms.ReasonForm(request.POST), act)


@require_POST
def raise_issue(request: HttpRequest, engagement_id: int, feedback_number: int) -> HttpResponse:
    """Make an issue of what should change."""
    actor, found = _asked_feedback(request, engagement_id, feedback_number)
    act = partial(actions.raise_from, by=actor, feedback=found, at=timezone.now())
    form = forms.RaiseForm(request.POST, said=found)
    return _stepped(request, actor, found, "raise", form, act)


@require_http_methods(["GET", "HEAD", "POST"])
def open_round(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Open a round of ratings."""
    actor, engagement = _asked(request, engagement_id)
    form = forms.OpenForm(request.POST or None)
    act = partial(actions.open_round, by=actor, engagement=engagement, at=timezone.now())
    if opened := _filled(request, form, act):
        messages.success(request, "The round is open; both sides are asked to rate.")
        return redirect("feedback:round", engagement.pk, opened.number)
    context = {"engagement": engagement, "form": form, "may_work": may_work(actor)}
    return render(request, "feedback/open_round.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def show_round(request: HttpRequest, engagement_id: int, round_number: int) -> HttpResponse:
    """A round: one's own rating while it is sealed, and both beside each other when it is over."""
    actor = actor_of(request)
    found: Round = get_object_or_404(queries.rounds_of(actor, engagement_id), number=round_number)
    seen, questions = queries.seen_round(actor, found), queries.questions_of(found)
    own = seen.ratings.get(actor.side)
    said = own.said if own else {}
    form = forms.RateForm(request.POST or None, questions=questions, given=own)

    def act(**_: object) -> Round:
        turn = _turn_read(request)
        return actions.rate(by=actor, round=found, answers=form.answers, turn=turn, at=timezone.now())

    if rated := _filled(request, form, act):
        messages.success(request, _SEALED if rated.state == State.OPEN else _OPENED)
        return redirect("feedback:round", engagement_id, round_number)
    is_newer = bool(own and form.is_bound and own.turn != _turn_read(request))
    if own and is_newer:
        _reread(form, own.turn)
    can_rate = may_rate(actor) and not seen.is_over and timezone.now().date() <= found.closes_on
    context = {
        "engagement": found.engagement,
        "round": found,
        "seen": seen,
        "own": own,
        "ours": [(one, said[one.id]) for one in questions if one.id in said],
        "is_newer": is_newer,
        "compared": [(one, _picture(one.client, one.partner)) for one in seen.compared],
        "form": form if can_rate or form.is_bound else None,
        "may_rate": may_rate(actor),
    }
    return render(request, "feedback/round.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def make_promise(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Promise support."""
    actor, engagement = _asked(request, engagement_id)
    form = forms.PromiseForm(request.POST or None)
    act = partial(actions.make_promise, by=actor, engagement=engagement, at=timezone.now())
    if made := _filled(request, form, lambda **_: act(offer=form.offer)):
        return redirect("feedback:promise", engagement.pk, made.number)
    context = {"engagement": engagement, "form": form, "may_work": may_work(actor), "them": actor.side.other.value}
    return render(request, "feedback/make_promise.html", context)


@require_GET
def show_promise(request: HttpRequest, engagement_id: int, promise_number: int) -> HttpResponse:
    """What was promised, and whether it was given."""
    actor, found = _asked_promise(request, engagement_id, promise_number)
    return _show_promise(request, actor, found)


@require_GET
def file(request: HttpRequest, engagement_id: int, promise_number: int) -> HttpResponseBase:
    """The file that shows that support was given."""
    actor = actor_of(request)
    with_file = queries.promises_of(actor, engagement_id).exclude(file="")
    found = get_object_or_404(with_file, number=promise_number)
    return download(found.file, found.file_name)


@require_POST
def keep(request: HttpRequest, engagement_id: int, promise_number: int) -> HttpResponse:
    """Say that support was given."""
    actor, found = _asked_promise(request, engagement_id, promise_number)
    act = partial(actions.keep_promise, by=actor, promise=found, at=timezone.now())
    form = forms.KeepForm(request.POST, request.FILES)
    return _promised(request, actor, found, "keep", form, act)


@require_POST
def send_back(request: HttpRequest, engagement_id: int, promise_number: int) -> HttpResponse:
    """Say that support was not given after all."""
    actor, found = _asked_promise(request, engagement_id, promise_number)
    act = partial(actions.send_back, by=actor, promise=found, at=timezone.now())
    return _promised(request, actor, found, "back", forms.ReasonForm(request.POST), act)


@require_POST
def move(request: HttpRequest, engagement_id: int, promise_number: int) -> HttpResponse:
    """Ask for another day."""
    actor, found = _asked_promise(request, engagement_id, promise_number)
    act = partial(actions.ask_to_move, by=actor, promise=found, at=timezone.now())
    return _promised(request, actor, found, "move", forms.MoveForm(request.POST), act)


@require_POST
def answer_move(request: HttpRequest, engagement_id: int, promise_number: int) -> HttpResponse:
    """Grant another day, or decline it."""
    actor, found = _asked_promise(request, engagement_id, promise_number)
    form = forms.AnswerMoveForm(request.POST, promise=found)
    act = partial(actions.answer_move, by=actor, promise=found, at=timezone.now())
    if form.is_valid():
        _try(request, lambda: act(**form.cleaned_data))
    else:
        messages.error(request, "Nothing was answered; read below which day is asked for, and answer again.")
    return redirect("feedback:promise", engagement_id, promise_number)


def _asked(request: HttpRequest, engagement_id: int) -> tuple[Person, Engagement]:
    actor = actor_of(request)
    return actor, get_object_or_404(visible_engagements(actor), pk=engagement_id)


def _asked_feedback(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Feedback]:
    actor = actor_of(request)
    return actor, get_object_or_404(queries.visible_feedback(actor), engagement=engagement_id, number=number)


def _asked_promise(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Promise]:
    actor = actor_of(request)
    return actor, get_object_or_404(queries.promises_of(actor, engagement_id), number=number)


def _written(
    request: HttpRequest, actor: Person, engagement: Engagement, found: Draft | None, *, is_gone: bool = False
) -> HttpResponse:
    """The form of a draft: what is written is kept, and shared where that is asked for and it says enough.

    What is written into a draft that is gone, or that somebody wrote anew meanwhile, stays in the form.
    """
    form = forms.SayForm(request.POST or None, actor=actor, engagement=engagement, draft=found)
    keeping = partial(actions.keep_draft, by=actor, engagement=engagement, draft=found, at=timezone.now())

    def act(**_: object) -> Draft:
        if is_gone:
            raise Refused(actions.GONE)
        return keeping(words=form.words, turn=_turn_read(request))

    if kept := _filled(request, form, act):
        return _kept(request, actor, kept)
    newer = found if found and form.is_bound and found.turn != _turn_read(request) else None
    if newer:
        _reread(form, newer.turn)
    context = {
        "engagement": engagement, "draft": found, "newer": newer, "form": form, "may_work": may_work(actor),
        "them": actor.side.other.value,
    }  # fmt: skip
    return render(request, "feedback/write.html", context)


def _kept(request: HttpRequest, actor: Person, kept: Draft) -> HttpResponse:
    """Where to go on once a draft is kept; where it is to be shared, that is done first."""
    if "share" not in request.POST:
        messages.success(request, "The draft is kept; only your side sees it.")
    elif shared := _try(request, partial(actions.share_draft, by=actor, draft=kept, at=timezone.now())):
        return redirect("feedback:show", kept.engagement_id, shared.number)
    return redirect("feedback:draft", kept.engagement_id, kept.number)


def _turn_read(request: HttpRequest) -> int:
    """Which state of what is changed stood on the page; 0 where there was none."""
    return number(request.POST.get("turn", "")) or 0


def _reread(form: django_forms.Form, turn: int) -> None:
    """Let a form that was filled in say that what is shown beside it was read."""
    read = QueryDict(mutable=True)
    read.update(form.data)
    read["turn"] = str(turn)
    form.data = read


def _show(
    request: HttpRequest, actor: Person, found: Feedback, filled: dict[str, django_forms.Form] | None = None
) -> HttpResponse:
    steps = queries.steps_for(actor, found)
    blank: dict[str, Callable[[], django_forms.Form]] = {
        "answer": forms.AnswerForm,
        "withdraw": forms.ReasonForm,
        "raise": partial(forms.RaiseForm, said=found),
    }
    context = {
        "engagement": found.engagement,
        "feedback": found,
        "measured": queries.measured(found),
        "steps": steps,
        "them": found.side.other.value,
        "forms": {name: make() for name, make in blank.items() if name in steps} | (filled or {}),
    }
    return render(request, "feedback/feedback.html", context)


def _stepped(
    request: HttpRequest, actor: Person, found: Feedback, name: str, form: django_forms.Form, act: Act
) -> HttpResponse:
    """Take a step with feedback; what is wrong is said at its form, and nothing that was written is lost."""
    if _filled(request, form, act):
        return redirect("feedback:show", found.engagement_id, found.number)
    return _show(request, actor, found, {name: form})


def _show_promise(
    request: HttpRequest, actor: Person, found: Promise, filled: dict[str, django_forms.Form] | None = None
) -> HttpResponse:
    blank: dict[str, django_forms.Form] = {}
    today = timezone.now().date()
    if may_work(actor):
        possible = support.possible(found.rule, actor.side, today)
        made: dict[str, Callable[[], django_forms.Form]] = {
            "keep": forms.KeepForm,
            "move": forms.MoveForm,
            "back": forms.ReasonForm,
            "grant": partial(forms.AnswerMoveForm, promise=found),
            "decline": partial(forms.AnswerMoveForm, promise=found, is_granted=False),
        }
        blank = {name: make() for name, make in made.items() if name in possible}
    context = {
        "engagement": found.engagement,
        "promise": found,
        "standing": queries.standing_of(found, today),
        "is_ours": found.by == actor.side,
        "forms": blank | (filled or {}),
    }
    return render(request, "feedback/promise.html", context)


def _promised(
    request: HttpRequest, actor: Person, found: Promise, name: str, form: django_forms.Form, act: Act
) -> HttpResponse:
    if _filled(request, form, act):
        return redirect("feedback:promise", found.engagement_id, found.number)
    return _show_promise(request, actor, found, {name: form})


def _filled(request: HttpRequest, form: django_forms.Form, act: Act) -> Any:
    """Do what a form says where it was filled in; what is wrong with it is said there, and nothing comes back."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act(**form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None


def _try(request: HttpRequest, act: Callable[[], Any]) -> Any:
    """Do something; a refusal is told on top of the page that comes next."""
    try:
        return act()
    except Refused as refusal:
        messages.error(request, str(refusal))
        return None


def _picture(client: Answer | None, partner: Answer | None) -> str:
    """Two answers on the scale."""
    first, second = (one.score if one else None for one in (client, partner))
    words = ", ".join(f"{side} {score}" for side, score in (("client", first), ("partner", second)) if score)
    return apart(first, second, low=LOWEST, high=HIGHEST, title=words) if words else ""


def _trends(rounds: list[Seen]) -> list[tuple[Side, str, str]]:
    """Each side's ratings over the rounds that are over, oldest first, as a small line, and the last of them."""
    over = [one for one in reversed(rounds) if one.is_over]
    found: list[tuple[Side, str, str]] = []
    for side in Side:
        values = [float(mean) if (mean := one.means.get(side)) is not None else None for one in over]
        if known := [value for value in values if value is not None]:
            words = f"Ratings by the {side}: {', '.join(f'{value:.1f}' for value in known)}"
            found.append((side, sparkline(values, title=words, span=(LOWEST, HIGHEST)), f"{known[-1]:.1f}"))
    return found
