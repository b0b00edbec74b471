"""A draft is edited in forms: what a form changes is what a person would have changed in the text by hand."""

from typing import get_args

import pytest
from django.urls import reverse

from rapport.apps.engagements import actions, queries
from rapport.apps.engagements.forms.sections import SECTIONS
from rapport.apps.engagements.models import AgreementVersion
from rapport.domain.issues import FAILURES, USUAL_FAILURES
from rapport.domain.settlement import Window, window_words
from rapport.engine.agreement import Failure, IssueRules
from rapport.engine.document import read_data

SEEN = "seen"


@pytest.fixture
def draft(world, text, now):
    return actions.write_draft(by=world.manager, engagement=world.engagement, text=text, at=now)


@pytest.fixture
def browser(world, signed_in):
    return signed_in(world.manager)


@pytest.fixture
def form(browser, world, draft):
    """Fills in a form of the draft as a browser does: everything it shows, and what is changed."""

    def fill(section, place=None, /, **changes):
        address = (
            page("form_item", world.engagement.pk, section, place)
            if place
            else page("form_add", world.engagement.pk, section)
        )
        answer = browser.post(address, {**shown(browser.get(address)), **changes}, follow=True)
        draft.refresh_from_db()
        return answer

    return fill


def page(name, *args):
    return reverse(f"engagements:{name}", args=args)


def words(response):
    return " ".join(response.content.decode().split())


def shown(response):
    """What a browser would send of a page's form if nothing were changed."""
    context = response.context
    forms = [context["form"]]
    found = {SEEN: context["seen"]}
    for rows in context["item"].tables.values() if context["item"] else ():
        forms += [rows.management_form, *rows.forms]
    for one in forms:
        for field in one:
            value = field.value()
            if value is not None and value is not False:
                found[field.html_name] = value
    return found


def test_saving_an_untouched_form_leaves_every_byte(form, draft, text):
    data = read_data(text)
    for section in SECTIONS:
        for place in range(1, len(queries.item_paths(data, section)) + 1):
            form(section, place)
            assert draft.text == text, (section, place)


@pytest.mark.parametrize(
    ("section", "place", "changes", "old", "new"),
    [
        ("kpis", 1, {"minimum": "82"}, "minimum: 80", "minimum: 82"),
        ("kpis", 1, {"minimum": ""}, "    minimum: 80\n", ""),
        ("kpis", 1, {"name": "Closed: in time"}, "Tickets closed within the limit of their priority",
         '"Closed: in time"'),
        ("kpis", 1, {"bands-3-edge": "92.5"}, "edge: 90, score: 100", "edge: 92.5, score: 100"),
        ("kpis", 1, {"ramp-2-until": "2025-09-30", "ramp-2-target": "85"}, "      - {until: 2025-06-30, target: 80}\n",
         "      - {until: 2025-06-30, target: 80}\n      - {until: 2025-09-30, target: 85}\n"),
        ("kpis", 1, {"ramp-0-DELETE": "on"}, "      - {until: 2025-03-31, target: 70}\n", ""),
        ("kpis", 5, {"period": "month"}, "    filter: priority = 'P1'\n    period: {kind: quarter",
         "    filter: priority = 'P1'\n    period: {kind: month"),
        ("objectives", 2, {"name": "We do our part"}, "We do our own part", "We do our part"),
        ("communication", 2, {"rhythm": "quarterly", "day": "15"}, "rhythm: monthly\n    day: second thu",
         'rhythm: quarterly\n    day: "15"'),
        ("communication", 1, {"at": "10:00", "minutes": "45"}, "    day: tue\n    channel: Video call\n",
         "    day: tue\n    channel: Video call\n    at: \"10:00\"\n    minutes: 45\n"),
        ("communication", 1, {"client": "Service owner\r\nVendor manager"},
         "client: [Service owner]\n    partner: [Desk lead]\n    rhythm: weekly",
         "client: [Service owner, Vendor manager]\n    partner: [Desk lead]\n    rhythm: weekly"),
        ("escalation", 1, {"levels-0-within": "6h"}, "Desk lead, within: 8h", "Desk lead, within: 6h"),
        ("escalation", 1, {"client": "Board"}, "executive: {client: Chief operating officer",
         "executive: {client: Board"),
        ("duties", 1, {"due": "within one business day"}, "due: within two business days",
         "due: within one business day"),
        ("calendars", 1, {"fri": "08:00-12:00"}, 'hours: {mon-fri: "08:00-18:00"}',
         "hours: {mon-thu: 08:00-18:00, fri: 08:00-12:00}"),
        ("sources", 1, {"delivered_by": "partner"}, "when: closed < opened}]\n",
         "when: closed < opened}]\n    delivered_by: partner\n"),
        ("sources", 1, {"reject_limit": "2%"}, "reject_limit: 1%", "reject_limit: 2%"),
        ("sources", 4, {"nulls": "n/a\r\nnone"}, "answers: number}\n",
         "answers: number}\n    nulls: [n/a, none]\n"),
        ("sources", 2, {"key": "ticket"}, "key: hold\n", "key: ticket\n"),
        ("settling", 1, {"verify": "5d"}, "verify: 10d", "verify: 5d"),
        ("kpis", 1, {"tolerance": "0.5"}, "{until: 2025-06-30, target: 80}\n",
         "{until: 2025-06-30, target: 80}\n    tolerance: 0.5\n"),
        ("outcome", 1, {"levels": ["1", "2"]}, "levels: [1, 2, 3]", "levels: [1, 2]"),
    ],
)  # fmt: skip
def test_form_changes_the_text_as_a_hand_would(form, draft, text, section, place, changes, old, new):
    assert text.count(old) == 1
    form(section, place, **changes)
    assert draft.text == text.replace(old, new)
    assert queries.faults_of(draft.text) == []


def test_new_items_stand_behind_the_others(form, draft, text):
    form("duties", name="Files are ready", what="The files of a day.", due="by noon")
    added = {"id": "files-are-ready", "name": "Files are ready", "what": "The files of a day.", "due": "by noon"}
    assert read_data(draft.text)["duties"][-1] == added
    assert [line for line in text.split("\n") if line not in draft.text.split("\n")] == []
    assert draft.text.index("Files are ready") < draft.text.index("versions:")


def test_new_kpi_begins_with_its_kind_and_opens_for_the_rest(form, draft):
    answer = form("kpis", name="Tickets closed", kind="reopen_rate", clock="resolution")
    assert "Edit a KPI" in words(answer)
    added = read_data(draft.text)["kpis"][-1]
    assert (added["id"], added["clock"], added["direction"]) == ("tickets-closed", "resolution", "lower")
    assert queries.faults_of(draft.text) == []


def test_new_kpi_asks_for_what_its_kind_needs(form, draft, text):
    answer = form("kpis", name="Tickets closed", kind="mean", clock="resolution")
    assert "Write what is looked at in each record." in words(answer)
    assert draft.text == text


def test_fault_is_shown_at_its_field_and_nothing_is_saved(form, draft, text):
    answer = form("communication", 1, day="32")
    assert "a weekday such as tue" in words(answer)
    assert "day" in answer.context["form"].errors
    answer = form("escalation", 1, **{"levels-1-within": "soon"})
    assert "is not a length of time" in words(answer)
    answer = form("escalation", 1, **{"levels-1-approves": "100"})
    assert "Limits grow with the levels." in words(answer)
    for field in ("levels-1-client", "partner"):
        assert "This field is required." in words(form("escalation", 1, **{field: ""}))
    assert draft.text == text


def test_days_that_are_too_many_are_told_above_the_form(form, draft, text):
    answer = form("settling", 1, report="365d")
    assert "Seen 385 days in all; expected at most 366 days in all. Shorten a phase." in words(answer)
    assert "whole calendar days" in words(form("settling", 1, report="soon"))
    assert draft.text == text


def test_days_that_nobody_spoke_about_are_begun_in_the_form(form, browser, world, draft, text):
    usual = next(line for line in text.splitlines(keepends=True) if line.startswith("settling:"))
    AgreementVersion.objects.filter(pk=draft.pk).update(text=text.replace(usual, ""))
    read = words(browser.get(page("form", world.engagement.pk)))
    assert window_words(Window()) in read
    assert "Agree on other days" in read
    form("settling", 1, settle="20d")
    assert read_data(draft.text)["settling"] == {"settle": "20d"}
    assert "settle 20d" in words(browser.get(page("form", world.engagement.pk)))


def test_fault_elsewhere_does_not_keep_a_form_from_saving(form, draft, text):
    AgreementVersion.objects.filter(pk=draft.pk).update(text=text.replace("currency: GBP", "currency: pounds"))
    answer = form("kpis", 1, minimum="82")
    assert "1 fault to mend" in words(answer)
    assert "minimum: 82" in draft.text


def test_shape_that_a_form_cannot_show_is_said_and_kept(form, browser, world, draft, text):
    odd = text.replace("    minimum: 80\n", "    minimum: [80]\n")
    AgreementVersion.objects.filter(pk=draft.pk).update(text=odd)
    read = words(browser.get(page("form_item", world.engagement.pk, "kpis", 1)))
    assert "Written in a way that a form cannot show: minimum." in read
    form("kpis", 1, weight="4")
    assert draft.text == odd.replace("    weight: 3\n", "    weight: 4\n")


def test_words_of_days_say_what_holds_if_nothing_is_written(browser, world, draft):
    read = words(browser.get(page("form_item", world.engagement.pk, "settling", 1)))
    assert "Whole calendar days, such as 10d; 10d if empty, 0d for no time." in read


def test_order_of_lines_is_kept_and_saved(form, draft, text):
    given = text.replace('date_formats: ["%Y-%m-%d %H:%M"]', 'date_formats: ["%d/%m/%Y", "%m/%d/%Y"]', 1)
    AgreementVersion.objects.filter(pk=draft.pk).update(text=given)
    form("sources", 1)
    assert draft.text == given
    form("sources", 1, date_formats="%m/%d/%Y\r\n%d/%m/%Y")
    assert read_data(draft.text)["sources"]["tickets"]["date_formats"] == ["%m/%d/%Y", "%d/%m/%Y"]


@pytest.mark.parametrize(
    ("section", "place", "behind", "odd", "changes", "new"),
    [
        ("sources", 1, "    key: ticket\n", '    delimiter: "\\t"\n', {"encoding": "utf-8"}, "encoding: utf-8"),
        ("sources", 1, "    key: ticket\n", "    delivered_by: either\n", {"reject_limit": "2%"}, "reject_limit: 2%"),
        ("sources", 4, "    key: day\n", '    nulls: ["n  a", "- "]\n', {"key": "score"}, "key: score"),
        ("kpis", 1, "    minimum: 80\n", "    measured_by: both\n", {"minimum": "82"}, "minimum: 82"),
        ("communication", 1, "    rhythm: weekly\n", "    sent_by: partner\n", {"channel": "Room 1"}, "Room 1"),
    ],
)  # fmt: skip
def test_form_keeps_what_is_written_in_other_words(form, draft, text, section, place, behind, odd, changes, new):
    given = text.replace(behind, behind + odd, 1)
    AgreementVersion.objects.filter(pk=draft.pk).update(text=given)
    form(section, place)
    assert draft.text == given
    form(section, place, **changes)
    assert odd in draft.text
    assert new in draft.text


def test_choice_that_is_no_choice_of_the_form_can_be_changed(form, draft, text):
    given = text.replace("    key: ticket\n", "    key: ticket\n    delivered_by: either\n", 1)
    AgreementVersion.objects.filter(pk=draft.pk).update(text=given)
    form("sources", 1, delivered_by="client")
    assert draft.text == given.replace("delivered_by: either", "delivered_by: client")
    form("sources", 1, delivered_by="")
    assert draft.text == text


def test_last_fault_of_a_kpi_leads_back_to_its_page(form, world, draft, text):
    AgreementVersion.objects.filter(pk=draft.pk).update(text=text.replace("    minimum: 80\n", "    minimum: low\n"))
    answer = form("kpis", 1, minimum="80")
    assert draft.text == text
    assert answer.redirect_chain[-1][0] == page("form_item", world.engagement.pk, "kpis", 1)


@pytest.mark.parametrize(
    ("section", "place", "lead"),
    [("sources", 1, "tickets"), ("sources", 2, "holds"), ("calendars", 1, "desk"), ("settling", 1, "How many calendar"),
     ("kpis", 1, "Tickets closed within")],
)  # fmt: skip
def test_page_of_an_item_says_which_one_it_is(browser, world, draft, section, place, lead):
    read = words(browser.get(page("form_item", world.engagement.pk, section, place)))
    assert f'<p class="k-lead">{lead}' in read


def test_removing_takes_the_item_and_nothing_else(browser, world, draft, text):
    seen = queries.fingerprint(text)
    browser.post(page("form_remove", world.engagement.pk, "needs", 2), {SEEN: seen})
    draft.refresh_from_db()
    assert draft.text == text.replace("  - {id: cost, name: The service is worth its price, level: 2}\n", "")


def test_form_does_not_overwrite_what_a_colleague_saved(form, browser, world, draft, text, now):
    address = page("form_item", world.engagement.pk, "kpis", 1)
    sent = {**shown(browser.get(address)), "minimum": "82"}
    newer = text + "# newer\n"
    actions.rewrite_draft(by=world.manager, version=draft, text=newer, seen=queries.fingerprint(text), at=now)
    assert "Somebody of your side saved this draft" in words(browser.post(address, sent))
    draft.refresh_from_db()
    assert draft.text == newer


def test_both_sides_read_the_same_difference_in_words(form, world, draft, signed_in, text, now):
    first = AgreementVersion.objects.create(
        engagement=world.engagement, number=1, text=text, digest="d", stage="in_force", written_by="client",
        author=world.manager, created_at=now, proposed_at=now, in_force_at=now,
    )  # fmt: skip
    assert queries.version_in_force(world.engagement) == first
    form("escalation", 1, **{"levels-1-approves": "8000"})
    form("duties", 1, due="within one business day")
    told = [
        "Escalation plan service: approval limit of level Management raised from 5000 to 8000.",
        "Duty answers: due changed from 'within two business days' to 'within one business day'.",
    ]
    mine = AgreementVersion.objects.get(stage="draft")
    actions.propose_version(by=world.manager, version=mine, at=now)
    for person in (world.manager, world.signer):
        read = signed_in(person).get(page("version", world.engagement.pk, mine.pk))
        assert read.context["changes"] == told


def test_text_and_forms_lead_to_each_other(browser, world, draft):
    number = world.engagement.pk
    assert page("write", number) in words(browser.get(page("form", number)))
    assert page("form", number) in words(browser.get(page("write", number)))
    assert page("write", number) in words(browser.get(page("form_item", number, "kpis", 1)))


def test_draft_begins_with_an_example_or_the_text_in_force(world, signed_in, in_force, text):
    partner, number = signed_in(world.editor), world.engagement.pk
    assert "Begin a draft" in words(partner.get(page("form", number)))
    in_force()
    partner.post(page("form", number))
    assert AgreementVersion.objects.get(stage="draft").text == text


@pytest.mark.parametrize("name", ["form_item", "form_add", "form_remove"])
def test_forms_of_the_other_sides_draft_are_not_there(world, signed_in, draft, name):
    for person in (world.signer, world.editor):
        partner = signed_in(person)
        args = ["kpis"] if name == "form_add" else ["kpis", 1]
        ask = partner.post if name == "form_remove" else partner.get
        foreign, missing = (ask(page(name, number, *args)) for number in (world.engagement.pk, 999_999))
        assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert draft.text[:20] not in words(signed_in(world.signer).get(page("form", world.engagement.pk)))


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_forms_are_for_those_who_write(world, signed_in, draft, role):
    browser = signed_in(getattr(world, role))
    assert browser.get(page("form_item", world.engagement.pk, "kpis", 1)).status_code == 404
    assert "Your role reads agreements" in words(browser.get(page("form", world.engagement.pk)))


def test_what_is_no_section_or_item_is_missing(browser, world, draft):
    for section, place in (("clocks", 1), ("kpis", 0), ("kpis", 99), ("none", 1)):
        assert browser.get(page("form_item", world.engagement.pk, section, place)).status_code == 404


def test_text_that_is_no_yaml_is_said(browser, world, draft):
    AgreementVersion.objects.filter(pk=draft.pk).update(text="a: [\n")
    assert "The text cannot be read" in words(browser.get(page("form", world.engagement.pk)))


@pytest.mark.parametrize("odd", ["duties: [a, 3]", "duties: {a: {}}", "duties: a", "duties:"])
def test_odd_sections_break_no_page(browser, world, draft, odd):
    AgreementVersion.objects.filter(pk=draft.pk).update(text=f"rapport: 1\n{odd}\n")
    number = world.engagement.pk
    assert browser.get(page("form", number)).status_code == 200
    sent = {SEEN: "", "name": "Files", "what": "Files.", "due": "soon"}
    for name, *args in (("form_item", "duties", 1), ("form_add", "duties")):
        for answer in (browser.get(page(name, number, *args)), browser.post(page(name, number, *args), sent)):
            assert answer.status_code in (200, 302, 404)


@pytest.mark.parametrize("rules", ["raised_for:", "raised_for: 5", "raised_for: [{a: b}]", "rhythm: monthly"])
def test_whatever_is_written_about_issues_can_be_opened(browser, world, draft, rules):
    draft.text += f"\nissues:\n  {rules}\n"
    draft.save()
    for address in (page("form", world.engagement.pk), page("form_item", world.engagement.pk, "issues", 1)):
        assert browser.get(address).status_code == 200


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("", {"raised_for": ["dispute"]}, {"raised_for": ["dispute"]}),
        ("", {"raised_for": []}, {"raised_for": []}),
        ("issues: {raised_for: []}\n", {}, {"raised_for": []}),
        ("issues: {rhythm: monthly, day: first tue}\n", {"day": "2"}, {"rhythm": "monthly", "day": "2"}),
        ("", {"rhythm": "weekly", "day": "tue"}, {"rhythm": "weekly", "day": "tue"}),
    ],
)
def test_what_is_raised_by_itself_may_be_nothing_and_is_the_usual_unless_said(form, draft, before, changes, after):
    draft.text += before
    draft.save()
    form("issues", 1, **changes)
    assert read_data(draft.text)["issues"] == after


def test_the_form_ticks_what_is_raised_unless_said_otherwise(browser, world, draft):
    found = browser.get(page("form_item", world.engagement.pk, "issues", 1)).context["form"]["raised_for"].value()
    assert tuple(found) == IssueRules().raised_for == USUAL_FAILURES
    assert set(get_args(Failure)) == {failure for failure, _ in FAILURES}
