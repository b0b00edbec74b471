"""The sample pages: every part of the kit with values as they occur."""

from datetime import date
from itertools import count
from typing import Any

from django import forms
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.template.backends.django import DjangoTemplates
from django.test import RequestFactory
from django.utils.safestring import SafeString

from rapport.kit.charts import Limits, Point, sparkline, trend

TODAY = date(2026, 11, 21)
MONTHS = ("Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov")
VALUES = (88.4, 90.1, 91.7, 89.2, None, 94.8, 95.6, 96.2, 95.9, 92.8, 96.4, 97.1)
ROWS = (
    ("P1 tickets resolved in 4 hours", "met", "97.1", "95", "+2.1", VALUES),
    (
        "First answer within 30 minutes",
        "below_target",
        "91.8",
        "95",
        "-3.2",
        (95, 96, 94, 95, 93, 92.5, 93, 92, 91.8),
    ),
    (
        "Availability of the order system",
        "below_minimum",
        "98.42",
        "99.9",
        "-1.48",
        (99.9, 99.95, 99.9, 99.2, 98.42),
    ),
    ("Reopened tickets", "low_volume", "12.5", "5", "+7.5", (4, 5, 3, 6, 2, 12.5)),
    ("Satisfaction of requesters", "no_data", None, "4.2", "", (4.1, 4.3, None, None)),
    ("Change success", "pending", "99.0", "98", "+1.0", (98, 98.4, 97.9, 99)),
)


class Remark(forms.Form):
    """A form with one control of every kind, answered badly."""

    title = forms.CharField(help_text="One line; it stands in the list of issues.")
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    due_on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    urgency = forms.ChoiceField(choices=[("low", "Low"), ("high", "High")])
    audience = forms.ChoiceField(
        choices=[("own", "Only our side"), ("both", "Both sides")], widget=forms.RadioSelect, initial="own"
    )
    is_urgent = forms.BooleanField(label="Tell the executives now", required=False)


def page(engine: DjangoTemplates, path: str) -> str | None:
    """The page at a path, None where there is none."""
    if path == "/fragment":
        return '<div data-announce="Saved"><h2 data-focus tabindex="-1">Saved remark</h2></div>'
    template = {"/client": "sample.html", "/partner": "sample.html", "/plain": "sample_plain.html"}.get(path)
    if template is None:
        return None
    request = RequestFactory().get(path, {"sort": "-value", "status": "missed", "page": "2"})
    return str(engine.get_template(template).render(_context(path.removeprefix("/")), request))


def _context(side: str) -> dict[str, Any]:
    return {
        "today": TODAY,
        "navigation": _navigation(),
        "identity": {"name": "Robin Ekwueme", "organisation": "Northwind Insurance", "side": side, "role": "owner"},
        "frame": {
            "home_url": "/client", "search_url": "/client", "news_url": "/client", "news_count": 3,
            "account_links": [{"label": "Your account", "url": "/client", "icon": "person"}], "sign_out_url": "/out",
        },
        "tabs": _items("Overview:12", "Agreement", "Results", "Records", "Issues:2", "Meetings", "People", "History"),
        "rows": [(*row[:5], sparkline(row[5], float(row[3]))) for row in ROWS],
        "page": Paginator(range(412), 50).page(2),
        "form": Remark({"urgency": "low", "title": "", "due_on": "soon"}),
        "chart": chart(), "points": points(),
        "pairs": [("Partner", "Halden Service Desk"), ("Tier", "Strategic"), ("In force since", "1 Jan 2026")],
        "due": date(2026, 11, 24), "late": date(2026, 11, 18), "far": date(2027, 6, 30),
        "messages": [Message(25, "The remark was saved."), Message(30, "Two rows were left out.")],
    }  # fmt: skip


def points() -> list[Point]:
    """A year with a ramp, a month without data and a month under way."""
    return [
        Point(f"{month} 25" if month == "Dec" else month, value, 90.0 if index < 5 else 95.0, _status(value, index),
              85.0, index == len(MONTHS) - 1)
        for index, month, value in zip(count(), MONTHS, VALUES)
    ]  # fmt: skip


def chart() -> SafeString:
    """The trend of the sample."""
    return trend(
        points(),
        title="P1 tickets resolved in 4 hours",
        unit="%",
        limits=Limits(93.5, 88.0, 99.0),
        signals=frozenset({9}),
    )


def _status(value: float | None, index: int) -> str:
    if value is None:
        return "no_data"
    return "met" if value >= (90 if index < 5 else 95) else "below_target"


def _items(*names: str) -> list[dict[str, Any]]:
    return [
        {"label": name.partition(":")[0], "url": "/client", "badge": name.partition(":")[2], "is_current": index == 0}
        for index, name in enumerate(names)
    ]


def _navigation() -> list[dict[str, Any]]:
    groups = {
        "": "Today:today:7 Portfolio:portfolio", "Decide": "Sourcing:decide", "Agree": "Agreements:agree",
        "Run": "Results:run Records:records", "Correct": "Issues:issue:2 Actions:correct",
        "Review": "Meetings:meeting Scorecards:chart", "More": "Partners:partners Library:book Administration:settings",
    }  # fmt: skip
    return [{"title": title, "items": [_item(word) for word in words.split()]} for title, words in groups.items()]


def _item(word: str) -> dict[str, Any]:
    label, icon, badge = (*word.split(":"), "")[:3]
    return {"label": label, "url": "/client", "icon": icon, "badge": badge, "is_current": label == "Results"}
