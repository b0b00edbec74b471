"""Tags for page authors: `{% load kit %}`. Each draws one small part of a page and escapes what it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, SelectMultiple
from django.http import QueryDict
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from rapport.kit.browsers import in_words
from rapport.kit.dates import distance, lateness, short_day
from rapport.kit.exports import FORMATS
from rapport.kit.icons import ICONS

register = template.Library()


@dataclass(frozen=True)
class Look:
    """How a status looks: its words, its shape as SVG and the tone that colours it."""

    word: str
    shape: str
    tone: str


STATUSES: Mapping[str, Look] = {
    "met": Look("Met", '<circle cx="8" cy="8" r="5.5"/>', "good"),
    "below_target": Look("Below target", '<path d="M1.5 3h13L8 14z"/>', "warn"),
    "below_minimum": Look("Below minimum", '<path d="M2.5 2.5h11v11h-11z"/>', "bad"),
    "low_volume": Look("Low volume", '<path class="k-hollow" d="M8 2l6 6-6 6-6-6z"/>', "quiet"),
    "no_data": Look("No data", '<circle class="k-hollow k-dashed" cx="8" cy="8" r="5.5"/>', "quiet"),
    "pending": Look("Pending", '<circle class="k-hollow" cx="8" cy="8" r="5.5"/><path d="M8 2.5a5.5 5.5 0 0 1 0 11z"/>',
                    "info"),
}  # fmt: skip
"""Every status there is; a name not listed here is a fault of the page."""

TONES = ("quiet", "info", "good", "warn", "bad")
_MESSAGE_TONES = {"success": "good", "warning": "warn", "error": "bad"}


@register.simple_tag(takes_context=True)
def block_text(context: Context, name: str) -> str:
    """What the page puts into the block `name`, empty where it has none. Lets a base page show a block twice."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return mark_safe(str(block.render(context)).strip()) if block else ""


register.filter("browser", in_words)


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon that says nothing to a screen reader: the words beside it do."""
    return format_html(
        '<svg class="k-icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', _known(name, ICONS)
    )


@register.simple_tag
def message_tone(level: str) -> str:
    """The tone of a message of Django's."""
    return _MESSAGE_TONES.get(level, "info")


@register.simple_tag
def status(name: str, word: str = "", is_small: bool = False) -> SafeString:
    """A status as shape, word and colour; `word` replaces its usual word, `is_small` leaves it to screen readers."""
    look = _known(str(name), STATUSES)
    return format_html(
        '<span class="k-status k-tone-{}"><svg viewBox="0 0 16 16" aria-hidden="true">{}</svg><span{}>{}</span></span>',
        look.tone,
        mark_safe(look.shape),
        mark_safe(' class="visually-hidden"') if is_small else "",
        word or look.word,
    )


@register.simple_tag
def badge(text: object, tone: str = "quiet", icon: str = "") -> SafeString:
    """A short word in a tinted box; `tone` is one of quiet, info, good, warn, bad."""
    if tone not in TONES:
        raise ValueError(f"There is no tone {tone!r}; there are: {', '.join(TONES)}.")
    return format_html('<span class="k-badge k-tone-{}">{}{}</span>', tone, _icon_or_nothing(icon), text)


@register.simple_tag(takes_context=True)
def day(context: Context, on: date | datetime | None, is_due: bool = False, hours: str = "") -> SafeString:
    """A day, its `hours`, and how far it is from `today` of the context; a past one `is_due` is late and says so."""
    if on is None:
        return mark_safe('<span class="k-none">none</span>')
    on = _local_day(on)
    today = context.get("today")
    said: str = short_day(on, today)
    if hours:
        said = format_html('{}, <span class="text-nowrap">{}</span>', said, hours)
    if today is None:
        return format_html('<time datetime="{}">{}</time>', on.isoformat(), said)
    is_late = is_due and on < today
    away = lateness(on, today) if is_due else distance(on, today)
    return format_html(
        '<time class="k-day{}" datetime="{}">{}<span class="k-away">, {}</span></time>',
        " k-late" if is_late else "",
        on.isoformat(),
        said,
        away,
    )


@register.simple_block_tag
def private(content: str, by: str = "") -> SafeString:
    """The frame of what only the reader's own side may see."""
    return _remark("k-private", "lock", "Only we see this", by, content)


@register.simple_block_tag
def shared(content: str, by: str = "") -> SafeString:
    """The frame of what both sides see."""
    return _remark("k-shared", "shared", "Both sides see this", by, content)


@register.simple_block_tag
def help(content: str, term: str) -> SafeString:
    """A term that explains itself when it is pressed; it may stand inside a sentence, a table or beside a label."""
    key = f"term-{slugify(term)}-{sha256(content.encode()).hexdigest()[:6]}"
    return format_html(
        '<button class="k-term" type="button" popovertarget="{}">{}</button>'
        '<span class="k-meaning" id="{}" popover role="note"><strong>{}</strong> {}</span>',
        key, term, key, term, mark_safe(content.strip()),
    )  # fmt: skip


@register.simple_block_tag
def table(content: str, label: str, is_stacked: bool = False) -> SafeString:
    """A table that scrolls inside its own frame; `content` is its caption, head and body.

    With `is_stacked`, a narrow screen shows each row as a card; its cells then name themselves by `data-label`.
    """
    return format_html(
        '<div class="k-table{}" role="region" aria-label="{}" tabindex="0"><table class="table">{}</table></div>',
        " k-stacked" if is_stacked else "",
        label,
        mark_safe(content),
    )


@register.simple_tag(takes_context=True)
def column(context: Context, label: str, key: str = "", is_number: bool = False) -> SafeString:
    """The head of a column; with a `key` it sorts the table by `?sort=key`, `?sort=-key` when pressed again.

    All else in the address stays, but for the page number.
    """
    kind = mark_safe(' class="k-number"') if is_number else ""
    if not key:
        return format_html('<th scope="col"{}>{}</th>', kind, label)
    now = _query(context).get("sort", "")
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "none")
    target = f"-{key}" if now == key else key
    return format_html(
        '<th scope="col"{} aria-sort="{}"><a class="k-sort" href="{}">{}{}</a></th>',
        kind, order, _address(context, sort=target, page=None), label,
        _icon_or_nothing({"ascending": "up", "descending": "down"}.get(order, "")),
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: object) -> str:
    """The page's own query with some parameters changed; None removes one. For filters and links that keep the view."""
    return _address(context, **changes)


@register.inclusion_tag("kit/pager.html", takes_context=True)
def pager(context: Context, page: "Page[Any]", name: str = "page") -> dict[str, Any]:
    """Which of how many rows these are, and the way to the others, whose number `name` holds in the address."""
    return {
        "page": page,
        "previous": _address(context, **{name: page.previous_page_number()}) if page.has_previous() else "",
        "following": _address(context, **{name: page.next_page_number()}) if page.has_next() else "",
    }


@register.inclusion_tag("kit/exports.html", takes_context=True)
def exports(context: Context, part: str = "") -> dict[str, Any]:
    """The page's list as a file, in each format of `rapport.kit.exports`: a menu, or links for a further list."""
    asked = {"page": None, "list": part or None}
    links = [{"label": name, "url": _address(context, format=one, **asked)} for one, name in FORMATS.items()]
    return {"links": links, "part": part}


@register.inclusion_tag("kit/empty.html")
def empty(
    title: str, what: str = "", first: str = "", url: str = "", button: str = "", icon: str = ""
) -> dict[str, str]:
    """What will stand here (`what`), what to do first (`first`), and the button that does it."""
    return {"title": title, "what": what, "first": first, "url": url, "button": button, "icon": icon}


@register.inclusion_tag("kit/field.html")
def field(field: BoundField, label: str = "") -> dict[str, Any]:
    """One field of a form: label, control, help and errors, tied together for a screen reader."""
    widget = field.field.widget
    is_group = isinstance(widget, (RadioSelect, CheckboxSelectMultiple))
    control = field.as_widget(attrs={"class": _control_classes(field, is_group)})
    return {
        "field": field,
        "control": control,
        "label": label or field.label,
        "is_group": is_group,
        "is_check": isinstance(widget, CheckboxInput),
    }


@register.inclusion_tag("kit/fields.html")
def fields(form: Any) -> dict[str, Any]:
    """A whole form without its buttons: what is wrong with it, then its fields in order, hidden ones included."""
    return {"form": form}


@register.inclusion_tag("kit/tabs.html")
def tabs(items: Sequence[Any], label: str) -> dict[str, Any]:
    """Pages that belong together, as a row of links; items as in the navigation."""
    return {"items": items, "label": label}


@register.inclusion_tag("kit/pairs.html")
def pairs(items: Sequence[tuple[str, object]]) -> dict[str, Any]:
    """Names and values, one below the other."""
    return {"items": items}


@register.inclusion_tag("kit/figure.html")
def figure(
    label: str,
    value: object,
    unit: str = "",
    target: object = None,
    difference: str = "",
    status: str = "",
    url: str = "",
) -> dict[str, Any]:
    """One number, as text already: its unit, its target and the difference to it, its status, the way to its rows.

    A value of None says "no data".
    """
    return {
        "label": label, "value": value, "unit": unit, "target": target,
        "difference": difference, "status": status, "url": url,
    }  # fmt: skip


@register.simple_block_tag
def chart(content: str, svg: str, caption: str) -> SafeString:
    """A drawing of `rapport.kit.charts` with its caption, and the table of its numbers behind it."""
    return format_html(
        '<figure class="k-figure"><figcaption>{}</figcaption>{}'
        '<details class="k-behind"><summary>Show as a table</summary>{}</details></figure>',
        caption,
        conditional_escape(svg),
        mark_safe(content),
    )


def _remark(kind: str, icon_name: str, words: str, by: str, content: str) -> SafeString:
    return format_html(
        '<section class="k-remark {}" aria-label="{}"><p class="k-remark-mark">{}<strong>{}</strong>{}</p>'
        '<div class="k-remark-text">{}</div></section>',
        kind,
        words,
        icon(icon_name),
        words,
        format_html(" <span>{}</span>", by) if by else "",
        mark_safe(content.strip()),
    )


def _known(name: str, names: Mapping[str, Any]) -> Any:
    if name not in names:
        raise ValueError(f"There is no {name!r} here; there are: {', '.join(names)}.")
    return names[name]


def _icon_or_nothing(name: str) -> str:
    return icon(name) if name else ""


def _local_day(on: date | datetime) -> date:
    if not isinstance(on, datetime):
        return on
    return (timezone.localtime(on) if timezone.is_aware(on) else on).date()


def _query(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET if request is not None else QueryDict("")


def _address(context: Context, **changes: object) -> str:
    query = _query(context).copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


def _control_classes(field: BoundField, is_group: bool) -> str:
    widget = field.field.widget
    if is_group:
        return str(widget.attrs.get("class", ""))
    if isinstance(widget, CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, (Select, SelectMultiple)):
        kind = "form-select"
    else:
        kind = "form-control"
    names = [widget.attrs.get("class", ""), kind, "is-invalid" if field.errors else ""]
    return " ".join(name for name in names if name)
