"""The window from its beginning to its end, as both sides live it on their pages."""

import json

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile

from rapport.apps.assurance.models import Line, Statement
from rapport.apps.assurance.queries import open_periods
from rapport.apps.audit.models import Entry

KPI, PERIOD = "resolved-in-time", "2025-03"
HERE = (KPI, PERIOD)
CANARY = "93.7313"


def text(answer):
    assert answer.status_code == 200, answer
    return answer.content.decode()


def said(answer):
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def figure(kind, value, **more):
    return {f"{kind}-value": value, **{f"{kind}-{name}": given for name, given in more.items()}}


@pytest.fixture
def browser(world, signed_in):
    return lambda role: signed_in(getattr(world, role))


def test_two_sides_state_differ_offer_and_settle(world, computed, browser, clock, address):
    computed(resolved_in_time=91.25)
    clock(3)
    page = text(browser("editor").get(address("settle")))
    assert "The partner states its figures" in page
    assert "the partner&#x27;s" in text(browser("manager").get(address("settle")))
    assert "Thu 10 Apr" in text(browser("editor").get(address("line", *HERE)))
    browser("editor").post(address("report", *HERE), figure("report", "95", reason="From our desk"))
    clock(12)
    browser("manager").post(address("verify", *HERE), figure("verify", "91"))
    page = text(browser("manager").get(address("line", *HERE)))
    assert "differs" in page
    assert "\N{MINUS SIGN}4.00 between us, unexplained" in page
    assert "From our desk" in page
    browser("editor").post(
        address("dispute", *HERE), {"dispute-reason": "Three wait for you", "dispute-cause": "pauses"}
    )
    assert "explained: when the clock stands still" in text(browser("editor").get(address("line", *HERE)))
    browser("manager").post(address("offer", *HERE), figure("offer", "93", reason="Two of the three"))
    assert "The client offers 93.00 %" in text(browser("editor").get(address("line", *HERE)))
    answer = browser("editor").post(address("accept", *HERE), {"offer": Statement.objects.get(kind="offer").pk})
    assert "It is settled" in said(answer)
    stands = Line.objects.get()
    assert (stands.agreed, stands.state, stands.reason) == ("93", "settled", "Two of the three")
    page = text(browser("viewer").get(address("line", *HERE)))
    assert "Stands" in page
    assert "91.25" in page
    verbs = [entry.content["verb"] for entry in Entry.objects.filter(chain=world.engagement.chain)]
    assert verbs == [
        "figure.reported", "figure.verified", "figure.opened", "figure.disputed", "offer.made", "offer.accepted",
        "figure.settled",
    ]  # fmt: skip


def test_the_partner_states_a_period_in_one_form_and_the_client_confirms_it_with_one_button(
    world, computed, browser, clock, address
):
    computed(resolved_in_time=91.117647058823529, reopened=4)
    clock(3)
    form = text(browser("editor").get(address("state", PERIOD)))
    assert 'value="91.12"' in form
    assert "Computed from the records." in form
    assert "There are no records to compute it from." in form
    answer = browser("editor").post(address("state", PERIOD), {KPI: "91.12", "reopened": "3", "backlog": ""})
    assert "2 figures of 2025-03 stated" in said(answer)
    answer = browser("manager").post(address("confirm", PERIOD))
    assert "2 of 2025-03 verified with the computed values: 1 agree, 1 differ." in said(answer)
    states = dict(Line.objects.values_list("kpi", "state"))
    assert states == {KPI: "agreed", "reopened": "differing"}
    assert "No figure of 2025-03 waits for you" in said(browser("manager").post(address("confirm", PERIOD)))


@pytest.mark.parametrize("days", [3, 12])
def test_a_sealed_figure_is_on_no_page_of_the_other_side(world, computed, browser, clock, address, days):
    computed(resolved_in_time=91)
    clock(days)
    evidence = SimpleUploadedFile(f"{CANARY}.txt", CANARY.encode())
    browser("editor").post(address("report", *HERE), figure("report", CANARY, reason=CANARY, evidence=evidence))
    statement = Statement.objects.get()
    readers = ["manager", "administrator", "executive", "viewer", "auditor", "sibling_signer"]
    pages = [
        address("settle"), address("line", *HERE), address("figures", KPI), address("evidence", *HERE, statement.pk),
        f"/engagements/{world.engagement.pk}/history/",
    ]  # fmt: skip
    for role in readers:
        for page in pages:
            answer = browser(role).get(page)
            assert CANARY.encode() not in b"".join(answer), (role, page)
            assert answer.status_code == (404 if "evidence" in page or role == "sibling_signer" else answer.status_code)
    assert CANARY in text(browser("partner_viewer").get(address("line", *HERE)))
    assert CANARY not in str(list(Entry.objects.values_list("content", flat=True)))
    browser("manager").post(address("verify", *HERE), figure("verify", "91"))
    assert CANARY in text(browser("viewer").get(address("line", *HERE)))
    assert browser("viewer").get(address("evidence", *HERE, statement.pk)).status_code == 200


def test_the_clients_sealed_figure_is_on_no_page_of_the_partner(world, version, browser, clock, address):
    clock(12)
    browser("manager").post(address("verify", *HERE), figure("verify", CANARY, reason=CANARY))
    pages = [address("settle"), address("line", *HERE), address("figures", KPI)]
    for page in [*pages, f"/engagements/{world.engagement.pk}/history/", address("state", PERIOD)]:
        assert CANARY not in text(browser("signer").get(page)), page
    assert "sealed" in text(browser("signer").get(address("line", *HERE)))
    clock(21)
    assert CANARY in text(browser("signer").get(address("line", *HERE)))


def test_a_figure_corrected_while_sealed_stays_with_its_side(world, version, browser, clock, address):
    clock(3)
    for value in (CANARY, "94"):
        browser("editor").post(address("report", *HERE), figure("report", value))
    browser("manager").post(address("verify", *HERE), figure("verify", "90"))
    assert CANARY not in text(browser("manager").get(address("line", *HERE)))
    assert CANARY in text(browser("editor").get(address("line", *HERE)))


def test_a_late_side_blocks_nobody(world, computed, browser, clock, address):
    clock(12)
    browser("manager").post(address("verify", *HERE), figure("verify", "91"))
    clock(31)
    page = text(browser("viewer").get(address("settle") + "?show=closed"))
    assert "closed by rule" in page
    stands = Line.objects.get()
    assert (stands.agreed, stands.state) == ("91", "lapsed")
    assert "the client's figure stands" in stands.reason


@pytest.mark.parametrize("role", ["viewer", "auditor", "executive", "partner_viewer"])
def test_who_only_reads_cannot_speak(world, computed, browser, clock, address, role):
    computed(resolved_in_time=91)
    clock(12)
    reader = browser(role)
    for kind in ("report", "verify"):
        assert "role does not let you" in text(reader.post(address(kind, *HERE), figure(kind, "91")))
    assert "role does not let you" in said(reader.post(address("confirm", PERIOD)))
    assert reader.get(address("state", PERIOD)).status_code == 404
    assert not Line.objects.exists()


def test_each_side_speaks_for_itself(world, version, browser, clock, address):
    clock(12)
    answer = browser("manager").post(address("report", *HERE), figure("report", "91"))
    assert "only the partner can report its own figure" in text(answer)
    answer = browser("editor").post(address("verify", *HERE), figure("verify", "91"))
    assert "only the client can verify a figure" in text(answer)


def test_refusals_are_sentences_on_the_page(world, version, browser, clock, address):
    clock(3)
    answer = browser("manager").post(address("verify", *HERE), figure("verify", "91"))
    assert "the partner has not reported yet and still has time to" in text(answer)
    answer = browser("editor").post(address("offer", *HERE), figure("offer", "91", reason="Why not"))
    assert "the figures are still sealed" in text(answer)
    assert not Statement.objects.exists()


@pytest.mark.parametrize("value", ["1,5", "1e3", "1_000", "٣", "NaN", "ninety", "9" * 20])
def test_a_number_that_can_be_misread_is_refused_at_its_field(world, version, browser, clock, address, value):
    clock(3)
    answer = browser("editor").post(address("report", *HERE), figure("report", value))
    assert "is no number that can be read for certain" in text(answer)
    assert not Statement.objects.exists()


def test_evidence_is_an_attachment_and_belongs_to_its_line(world, version, browser, clock, address):
    clock(3)
    evidence = SimpleUploadedFile("../<b>count</b>.html", b"<script>1</script>")
    browser("editor").post(address("report", *HERE), figure("report", "95", evidence=evidence))
    statement = Statement.objects.get()
    answer = browser("editor").get(address("evidence", *HERE, statement.pk))
    assert b"".join(answer) == b"<script>1</script>"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    assert "count" not in statement.evidence.name
    assert browser("editor").get(address("evidence", "reopened", PERIOD, statement.pk)).status_code == 404
    assert browser("sibling_editor").get(address("evidence", *HERE, statement.pk)).status_code == 404


def test_periods_that_wait_are_told_to_the_side_whose_move_it_is(world, version, clock):
    at = clock(3)
    [month, quarter] = open_periods(world.editor, at)
    assert (month.what, quarter.what) == ("State 4 figures of 2025-03", "State 3 figures of 2025-Q1")
    assert open_periods(world.manager, at) == []
    assert open_periods(world.sibling_editor, at) == []


def test_what_waits_takes_as_many_queries_for_one_engagement_as_for_two(
    world, version, clock, django_assert_num_queries
):
    at = clock(3)
    with django_assert_num_queries(5):
        assert len(open_periods(world.editor, at)) == 2
    type(version).objects.create(
        engagement=world.sibling_engagement, number=1, text=version.text, stage="in_force", written_by="client",
        author=world.manager, created_at=at,
    )  # fmt: skip
    with django_assert_num_queries(5):
        assert open_periods(world.manager, at) == []


def test_periods_that_both_let_pass_are_nobodys_move_where_records_tell_the_value(world, computed, clock):
    computed(resolved_in_time=91)
    [month, _] = open_periods(world.editor, clock(21))
    assert month.what == "Settle 3 figures of 2025-03"
    assert "Tickets closed within the limit of their priority" not in month.kpis


def test_the_client_has_nothing_to_confirm_before_its_turn(world, computed, browser, clock, address):
    computed(resolved_in_time=91)
    clock(3)
    assert "with the computed value" not in text(browser("manager").get(address("settle")))
    clock(12)
    assert "Verify 1 with the computed value" in text(browser("manager").get(address("settle")))
    assert "State 4 figures" in text(browser("editor").get(address("settle")))
    clock(21)
    assert "with the computed value" not in text(browser("manager").get(address("settle")))
    assert browser("editor").get(address("state", PERIOD)).status_code == 404


def test_periods_from_before_the_agreement_are_not_asked_for(world, version, browser, clock, address):
    type(version).objects.update(in_force_at=clock(2))
    clock(3)
    page = text(browser("editor").get(address("settle")))
    assert "No period waits" in page
    assert "agree or 30 days have passed" in page


def test_unknown_kpi_and_period_are_missing(world, version, browser, clock, address):
    clock(3)
    assert browser("editor").get(address("line", KPI, "1999-01")).status_code == 404
    assert browser("editor").get(address("line", "no-such", PERIOD)).status_code == 404
    assert browser("editor").get(address("figures", "no-such")).status_code == 404


def test_computed_values_have_the_decimals_of_their_kpi_on_pages_and_are_exact_in_files(
    world, computed, browser, clock, address
):
    computed(resolved_in_time=7.375, reopened=91.117647058823)
    clock(3)
    assert 'value="7.38"' in text(browser("editor").get(address("state", PERIOD)))
    browser("editor").post(address("state", PERIOD), {KPI: "7.31", "reopened": "91.12"})
    clock(12)
    assert "the computed value stands, 7.38 %" in text(browser("editor").get(address("line", *HERE)))
    clock(31)
    reader, over = browser("viewer"), address("settle") + "?show=closed"
    for page in (over, address("line", *HERE), address("figures", KPI)):
        told = text(reader.get(page))
        assert "7.38" in told, page
        assert "7.375" not in told, page
    rows = {row["kpi"]: row for row in json.loads(b"".join(reader.get(f"{over}&format=json")))}
    assert [(row["computed"], row["stands"]) for row in rows.values()] == [(7.375, 7.375), (91.117647058823,) * 2]
    assert [row["theirs"] for row in rows.values()] == [7.31, 91.12]


def test_a_figure_has_all_the_decimals_that_were_stated(world, version, browser, clock, address):
    clock(3)
    browser("editor").post(address("report", *HERE), figure("report", "7.375"))
    browser("manager").post(address("verify", *HERE), figure("verify", "7.3125"))
    page = text(browser("manager").get(address("line", *HERE)))
    assert "\N{MINUS SIGN}0.0625 between us" in page
    assert "Reported 7.375 %" in page
    browser("manager").post(address("accept", *HERE))
    clock(31)
    assert 'data-label="Stands"><span>7.375' in text(browser("viewer").get(address("settle") + "?show=closed"))


def test_a_figure_is_accepted_with_one_button(world, version, browser, clock, address):
    clock(3)
    browser("editor").post(address("report", *HERE), figure("report", "95"))
    sealed = browser("manager").post(address("accept", *HERE))
    assert "the figures are still sealed" in said(sealed)
    browser("manager").post(address("verify", *HERE), figure("verify", "91"))
    assert "Accept the partner\N{RIGHT SINGLE QUOTATION MARK}s 95.00 %" in text(
        browser("manager").get(address("line", *HERE))
    )
    browser("manager").post(address("accept", *HERE))
    assert Line.objects.get().agreed == "95"


def test_a_settled_line_shows_in_the_figures_of_its_kpi(world, version, browser, clock, address):
    clock(3)
    assert "no period waits for one" not in text(browser("editor").get(address("figures", KPI)))
    browser("editor").post(address("report", *HERE), figure("report", "95"))
    browser("manager").post(address("verify", *HERE), figure("verify", "95"))
    assert "agreed" in text(browser("viewer").get(address("figures", KPI)))
