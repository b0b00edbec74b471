"""A report that somebody without an account hands in by a link in the mail, where the client allows it."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from types import SimpleNamespace

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from rapport.apps.accounts.actions import close_account
from rapport.apps.audit.models import Entry
from rapport.apps.kpis.models import Evaluation, Result
from rapport.apps.meetings import actions, queries
from rapport.apps.meetings.actions import links
from rapport.apps.meetings.jobs import follow_plans, send_waiting_links
from rapport.apps.meetings.models import Addressee, LinkPermission, Meeting, Report, ReportLink
from rapport.apps.notices.models import Notice
from rapport.apps.notices.queries import told
from rapport.apps.portfolio.queries.metrics import metrics
from rapport.cli import doctor
from rapport.domain.refusals import Refused

ANN = {"name": "Ann Hill", "email": "ann@desk.example"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def named(world, report, now):
    """The first report, due in three days, for which Ann is named; nobody was reminded of it yet."""
    actions.allow_links(by=world.manager, engagement=world.engagement, at=now)
    actions.name_addressee(by=world.signer, report=report, at=now, **ANN)
    Report.objects.update(reminded_of=None)
    ReportLink.objects.all().delete()
    return report


@pytest.fixture
def letters(mailoutbox):
    """Sends what waits, and gives the letters to people without an account."""

    def sent(at):
        send_waiting_links(at)
        return mailoutbox

    return sent


@pytest.fixture
def link(named, on, letters):
    """The path of the link in the mail that came with the reminder."""
    return path_in(letters(on(0))[0])


@pytest.fixture
def anybody():
    """A browser nobody signed in with, which sends what a page without a referrer lets it send."""
    return Client(enforce_csrf_checks=True, headers={"origin": "null"})


def path_in(letter):
    return re.search(r"http://\S+?(/meetings/report/\S+/)", letter.body)[1]


def fresh(report):
    return Report.objects.get(pk=report.pk)


def words(turn=0, then="hand_in", **answers):
    return {"turn": turn, "then": then, **answers}


def kept():
    """Everything that an opened page could change."""
    rows = (ReportLink, Report, Meeting, Addressee, Entry, Notice)
    return [list(model.objects.order_by("pk").values()) for model in rows]


def test_a_report_is_handed_in_by_mail_link(world, named, link, anybody, signed_in, address, on, now):
    assert "due on Thu 5 Mar" in mail.outbox[0].subject
    page = anybody.get(link)
    for said in (named.name, "What went well", "Brightdesk signer", world.engagement.title, "in 3 days"):
        assert said in page.content.decode()
    answer = anybody.post(link, words(went_well="All of it"))
    assert (answer.status_code, answer.url) == (302, reverse("meetings:handed_in"))
    assert "is handed in" in anybody.get(answer.url).content.decode()
    received = fresh(named)
    assert (received.state, received.received_from, received.received_by) == ("received", None, "Ann Hill")
    line = Entry.objects.filter(content__verb="report.received").get().content
    assert (line["by"], line["organisation"]) == ("Ann Hill, by mail link", "Brightdesk")
    for person in (world.manager, world.signer):
        browser = signed_in(person)
        assert "Handed in by Ann Hill, by mail link, " in browser.get(address("report", named)).content.decode()
        assert "Ann Hill, by mail link" in browser.get(address("overview")).content.decode()
        assert Notice.objects.filter(recipient=person, kind="report", event__contains=":turn:").exists()


def test_opening_a_link_changes_nothing_however_often(link, anybody):
    before = kept()
    for _ in range(3):
        assert anybody.get(link).status_code == 200
        assert anybody.head(link).status_code == 200
    assert kept() == before


def test_the_page_tells_nobody_where_it_was_opened(link, anybody):
    page = anybody.get(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert not page.cookies
    assert re.findall(r'(?:src|href|action)="(?!/static/|#)[^"]*"', page.content.decode()) == []


def test_the_page_shows_the_figures_of_its_engagement_and_no_name_of_anybody_else(world, link, anybody, now):
    rows = ((world.engagement, "97.3"), (world.sibling_engagement, "41.7"))
    for engagement, value in rows:
        version = world.engagement.versions.get(stage="in_force")
        made = {"engagement": engagement, "version": version, "content": "{}", "digest": "e" * 64, "computed_at": now}
        Result.objects.create(
            evaluation=Evaluation.objects.create(**made), engagement=engagement, kpi="resolved-in-time",
            period="2026-02", starts_at=now, ends_at=now, is_complete=True, is_latest=True, status="met",
            content={"value": float(value), "target": 95},
        )  # fmt: skip
    page = anybody.get(link).content.decode()
    assert "97.3" in page
    assert "97.3" not in mail.outbox[0].body
    strangers = ("41.7", "Canary", "Northwind manager", "Brightdesk editor", ANN["email"], "/engagements/", "/people/")
    assert [one for one in strangers if one in page] == []
    assert [one for one in strangers if one in mail.outbox[0].body.replace(ANN["email"], "")] == []


def test_all_links_that_open_nothing_look_alike(world, named, link, anybody, on, now):
    def answers(path):
        both = (anybody.get(path), anybody.post(path, words(went_well="x")))
        return [(one.status_code, one.content, dict(one.headers)) for one in both]

    wrong = answers("/meetings/report/none/")
    assert wrong[0][0] == wrong[1][0] == 404
    assert answers(f"/meetings/report/{ReportLink.objects.get().digest}/") == wrong
    on(17, is_worked=False)
    assert anybody.get(link).status_code == 200
    on(18, is_worked=False)  # 14 days after its last day in time
    old = answers(link)
    assert old[0][0] == old[1][0] == 410
    on(0, is_worked=False)
    actions.revoke_link(by=world.manager, report=named, at=now)
    assert answers(link) == old
    assert fresh(named).state == "due"
    said = old[0][1].decode()
    assert "Ask whoever sent it" in said
    assert [one for one in (named.name, world.engagement.title, "Brightdesk", ANN["name"]) if one in said] == []


def test_whoever_is_writing_when_their_link_is_revoked_keeps_what_they_typed(world, named, link, anybody, now):
    actions.revoke_link(by=world.manager, report=named, at=now)
    for then in ("save", "hand_in"):
        answer = anybody.post(link, words(then=then, went_well="Half of <it>"))
        assert answer.status_code == 410
        assert "Half of &lt;it&gt;" in answer.content.decode()
        assert "Ask whoever sent it" in answer.content.decode()
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_link_that_is_revoked_right_at_the_moment_keeps_what_was_typed_too(
    world, named, link, anybody, now, monkeypatch
):
    living = queries.link_behind

    def read_before(secret, today):
        found = living(secret, today)
        actions.revoke_link(by=world.manager, report=named, at=now)
        monkeypatch.setattr(queries, "link_behind", living)
        return found

    monkeypatch.setattr(queries, "link_behind", read_before)
    assert "Half of it" in anybody.post(link, words(went_well="Half of it")).content.decode()
    assert fresh(named).state == "due"
    with pytest.raises(Refused, match="This link opens nothing any more"):
        actions.save_by_link(link=ReportLink.objects.get(), turn=0, answers={"outlook": "x"}, at=now)


def test_what_is_in_cannot_be_handed_in_again(world, named, link, anybody, now):
    anybody.post(link, words(went_well="All of it"))
    assert "The report is handed in" in anybody.post(link, words(turn=1, went_well="Nothing of it")).content.decode()
    assert fresh(named).content["answers"]["went_well"] == "All of it"


def test_a_report_that_somebody_signed_in_handed_in_is_not_open_any_more(world, named, link, anybody, now):
    actions.hand_in_report(by=world.signer, report=named, answers={"outlook": "x"}, at=now)
    assert anybody.get(link).status_code == 410
    assert ReportLink.objects.get().ended_because == "handed_in"


def test_what_was_saved_is_there_again_and_seen_by_nobody_else(world, named, link, anybody, signed_in, address):
    answer = anybody.post(link, words(then="save", went_well="Half of it"))
    assert answer.url == link
    page = anybody.get(link).content.decode()
    assert "Half of it" in page
    assert "not handed in yet" in page
    assert fresh(named).state == "due"
    for person in (world.signer, world.manager):
        assert "Half of it" not in signed_in(person).get(address("report", named)).content.decode()
    anybody.post(link, words(turn=1, went_well="All of it"))
    assert ReportLink.objects.get().draft == {}


@pytest.mark.parametrize("then", ["save", "hand_in"])
def test_of_two_windows_none_writes_over_the_other_unseen(named, link, anybody, then):
    anybody.post(link, words(then="save", went_well="First window"))
    answer = anybody.post(link, words(then=then, went_well="Second window"))
    page = answer.content.decode()
    assert answer.status_code == 200
    for said in ("in another window", "Second window", 'name="turn" value="1"'):
        assert said in page
    assert ReportLink.objects.get().draft["went_well"] == "First window"
    assert anybody.post(link, words(turn=1, then=then, went_well="Second window")).status_code == 302


def test_an_empty_report_is_refused_with_a_sentence(named, link, anybody):
    assert "answer at least one" in anybody.post(link, words(outlook=" ")).content.decode()
    assert fresh(named).state == "due"
    assert ReportLink.objects.get().turn == 0


def test_the_mail_holds_the_link_once_and_nothing_that_somebody_smuggled_in(world, named, on, letters, now):
    smuggled = "Month\r\nBcc: x@evil.example"
    Report.objects.filter(pk=named.pk).update(name=smuggled, returned=f"Say more\r\n\r\n{smuggled}")
    actions.name_addressee(by=world.signer, report=named, name="Ann <b>\r\nHill", email=ANN["email"], at=now)
    letter = letters(on(0))[0]
    message = letter.message()
    assert letter.to == [ANN["email"]]
    assert message["Bcc"] is None
    assert "\nBcc" not in letter.body
    html = letter.alternatives[0][0]
    assert letter.body.count("http") == html.count("http") == 1
    assert path_in(letter) in html
    assert "<b>\nHill" not in html
    assert "&lt;b&gt; Hill" in html


def test_a_link_leaves_once_with_the_reminder_and_once_when_it_was_sent_back(world, named, on, letters, anybody):
    for _ in range(2):
        at = on(0)
        assert len(letters(at + MINUTE)) == 1
    anybody.post(path_in(mail.outbox[0]), words(went_well="x"))
    actions.send_report_back(by=world.manager, report=named, reason="Say why", at=at)
    on(2)
    letters(on(3))
    assert len(mail.outbox) == 2
    assert "It was sent back: Say why" in mail.outbox[1].body
    page = anybody.get(path_in(mail.outbox[1])).content.decode()
    assert "Say why" in page
    assert ">\nx</textarea>" in page
    assert path_in(mail.outbox[0]) != path_in(mail.outbox[1])


def test_who_was_away_gets_a_link_when_the_report_is_late(named, on, letters):
    (letter,) = letters(on(9))
    assert "was due on Thu 5 Mar" in letter.subject


def _switch_off(world, report, at):
    actions.forbid_links(by=world.administrator, engagement=world.engagement, at=at)


def _revoke(world, report, at):
    actions.revoke_link(by=world.manager, report=report, at=at)


def _remove(world, report, at):
    actions.remove_addressee(by=world.manager, report=report, at=at)


def _hand_in(world, report, at):
    actions.hand_in_report(by=world.editor, report=report, answers={"outlook": "x"}, at=at)


@pytest.mark.parametrize("end", [_switch_off, _revoke, _remove, _hand_in])
def test_nothing_leaves_once_it_is_over(world, named, on, letters, end):
    at = on(0)
    end(world, named, at)
    assert letters(at) == []
    on(1)
    assert letters(on(9)) == []


@pytest.mark.parametrize("end", [_switch_off, _revoke, _remove])
def test_what_has_left_opens_nothing_once_it_is_over_and_does_not_come_back(world, named, link, anybody, now, end):
    end(world, named, now)
    LinkPermission.objects.get_or_create(
        engagement=world.engagement, defaults={"given_by": world.manager, "given_at": now}
    )
    assert anybody.get(link).status_code == 410


def test_without_leave_of_the_client_nobody_is_named_and_nothing_leaves(world, report, on, letters, now):
    with pytest.raises(Refused, match="The client does not allow reports by mail link"):
        actions.name_addressee(by=world.signer, report=report, at=now, **ANN)
    assert letters(on(0)) == []


def test_mail_links_are_off_until_the_client_allows_them(world, report, signed_in, address):
    partner, client = signed_in(world.signer), signed_in(world.manager)
    assert "By mail link" not in partner.get(address("report", report)).content.decode()
    partner.post(address("allow_links"))
    assert not LinkPermission.objects.exists()
    client.post(address("allow_links"))
    assert Entry.objects.filter(content__verb="mail_links.allowed").get().content["by"] == world.manager.name
    assert "By mail link" in partner.get(address("report", report)).content.decode()
    client.post(address("forbid_links"))
    assert not LinkPermission.objects.exists()
    assert Entry.objects.filter(content__verb="mail_links.forbidden").exists()


def test_the_partners_owner_names_sends_and_revokes_on_the_reports_page(
    world, report, signed_in, address, now, letters
):
    actions.allow_links(by=world.manager, engagement=world.engagement, at=now)
    browser, page = signed_in(world.signer), address("report", report)
    given = {f"addressee-{name}": value for name, value in ANN.items()}
    assert browser.post(address("name_addressee", report), given).status_code == 302
    assert "ann@desk.example" in browser.get(page).content.decode()
    browser.post(address("send_link", report))
    assert [letter.to for letter in letters(now)] == [[ANN["email"]]]
    assert "link out" in browser.get(page).content.decode()
    browser.post(address("send_link", report))
    assert ReportLink.objects.count() == 1
    browser.post(address("revoke_link", report))
    assert "revoked" in browser.get(page).content.decode()
    browser.post(address("remove_addressee", report))
    assert "Nobody is named" in browser.get(page).content.decode()
    verbs = list(Entry.objects.order_by("number").values_list("content__verb", flat=True))
    assert [one for one in verbs if one.startswith("mail_link.")] == [
        "mail_link.addressee_named", "mail_link.made", "mail_link.revoked", "mail_link.addressee_removed",
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["editor", "partner_viewer", "administrator", "executive", "viewer"])
def test_nobody_but_the_owners_says_who_gets_a_link(world, named, role, now):
    person = getattr(world, role)
    for act, more in ((actions.name_addressee, ANN), (actions.send_link, {})):
        with pytest.raises(Refused, match="for the partner's owner of the engagement"):
            act(by=person, report=named, at=now, **more)
    for act in (actions.remove_addressee, actions.revoke_link):
        with pytest.raises(Refused, match="ended by whoever owns the engagement"):
            act(by=person, report=named, at=now)


def test_the_clients_owner_ends_links_and_never_says_who_gets_one(world, named, link, signed_in, address, anybody, now):
    """What is handed in stands as said by the partner, so that nobody of the client names who says it."""
    for act, more in ((actions.name_addressee, ANN), (actions.send_link, {})):
        with pytest.raises(Refused, match=r"for the partner's owner of the engagement .* ask Brightdesk signer"):
            act(by=world.manager, report=named, at=now, **more)
    browser, page = signed_in(world.manager), address("report", named)
    before = browser.get(page).content.decode()
    assert "Name somebody" not in before
    assert "Revoke the link" in before
    browser.post(address("revoke_link", named))
    assert anybody.get(link).status_code == 410
    assert "Send the link now" not in browser.get(page).content.decode()
    browser.post(address("remove_addressee", named))
    assert "Nobody is named" in browser.get(page).content.decode()


def test_both_owners_are_told_who_was_named_and_nobody_else(world, named, signed_in):
    notices = Notice.objects.filter(kind="report.addressee")
    assert {one.recipient for one in notices} == {world.manager, world.signer}
    for notice in notices:
        said = told(notice, queries.TELLERS)
        assert ANN["name"] in said.title
        assert ANN["email"] in said.text
        assert signed_in(notice.recipient).get(said.url).status_code == 200
    stranger = Notice(recipient=world.sibling_signer, kind="report.addressee", subject=notices[0].subject)
    assert told(stranger, queries.TELLERS) is None


def test_an_owner_who_may_not_write_names_nobody(world, named, signed_in, address, now):
    type(world.signer).objects.filter(pk=world.signer.pk).update(role="partner_viewer")
    world.signer.refresh_from_db()
    for act, more in ((actions.name_addressee, ANN), (actions.send_link, {})):
        with pytest.raises(Refused, match="who may hand its reports in"):
            act(by=world.signer, report=named, at=now, **more)
    assert "Name somebody" not in signed_in(world.signer).get(address("report", named)).content.decode()
    actions.remove_addressee(by=world.signer, report=named, at=now)


def test_whom_somebody_named_who_left_hands_nothing_in_any_more(
    world, named, link, anybody, signed_in, address, on, letters, now
):
    type(world.editor).objects.filter(pk=world.editor.pk).update(role=world.signer.role)
    close_account(by=world.administrator, person=world.signer, at=now)
    assert anybody.get(link).status_code == 410
    assert anybody.post(link, words(went_well="x")).status_code == 410
    page = signed_in(world.manager).get(address("report", named)).content.decode()
    assert "gets no links any more, since the account of Brightdesk signer" in page
    assert "link out" not in page
    assert "Name nobody" in page
    assert len(letters(on(9))) == 1


def test_a_link_for_a_report_that_is_long_overdue_works_for_two_weeks(world, named, on, letters, anybody):
    at = on(40, is_worked=False)
    actions.send_link(by=world.signer, report=named, at=at)
    path = path_in(letters(at)[-1])
    on(54, is_worked=False)
    assert anybody.get(path).status_code == 200
    on(55, is_worked=False)
    assert anybody.get(path).status_code == 410


def test_whoever_is_named_after_somebody_else_had_a_link_gets_one_too(world, named, link, on, letters):
    actions.name_addressee(by=world.signer, report=named, name="Bo", email="bo@desk.example", at=on(1))
    letters(on(9))
    assert [letter.to for letter in mail.outbox] == [[ANN["email"]], ["bo@desk.example"]]


def test_two_who_name_somebody_at_once_are_told_so(world, named, now, monkeypatch):
    monkeypatch.setattr(links, "_remove", lambda *_: None)
    with pytest.raises(Refused, match="Somebody else was named"):
        actions.name_addressee(by=world.signer, report=named, name="Bo", email="bo@desk.example", at=now)
    assert Addressee.objects.get().email == ANN["email"]


def test_a_link_whose_mail_is_refused_is_seen(world, named, on, letters, monkeypatch, signed_in, address):
    at, browser = on(0), signed_in(world.signer)
    with monkeypatch.context() as patched:
        refusal = SMTPRecipientsRefused({ANN["email"]: (550, b"nobody")})
        patched.setattr("django.core.mail.EmailMultiAlternatives.send", lambda _: (_ for _ in ()).throw(refusal))
        send_waiting_links(at)
    assert "The mail server did not take it" in browser.get(address("report", named)).content.decode()
    (seen,) = [one for one in doctor._mail(at + 6 * MINUTE) if "mail links" in one.seen]
    assert "1 mail links for reports wait, the first since 6 minutes" in seen.seen
    assert "SMTPRecipientsRefused" in seen.mend
    assert "rapport_report_links_waiting 1" in metrics(at)
    letters(at + 2 * MINUTE)
    assert "did not take it" not in browser.get(address("report", named)).content.decode()
    assert "rapport_report_links_waiting 0" in metrics(at)


def test_who_has_an_account_is_not_named(world, named, now):
    for email in (world.editor.email, world.editor.email.upper()):
        with pytest.raises(Refused, match="has an account here"):
            actions.name_addressee(by=world.signer, report=named, name="x", email=email, at=now)
    for email in ("nobody", "a@b.example\r\nBcc: c@d.example"):
        with pytest.raises(Refused, match="is not an e-mail address"):
            actions.name_addressee(by=world.signer, report=named, name="x", email=email, at=now)


def test_whether_others_have_an_account_is_not_told(world, named, now):
    for email in (world.sibling_signer.email, world.manager.email):
        actions.name_addressee(by=world.signer, report=named, name="x", email=email, at=now)


def test_a_report_of_the_client_has_no_mail_link(world, named, on, letters, now):
    Report.objects.filter(pk=named.pk).update(owed_by="client", state="returned", mend_by=named.due_on)
    with pytest.raises(Refused, match="The client owes this report"):
        actions.send_link(by=world.signer, report=named, at=now)
    assert letters(on(0)) == []


def test_a_mail_that_may_have_left_is_sent_again_as_the_same(named, on, mailoutbox, monkeypatch, anybody):
    at, went = on(0), []

    def dies(self):
        went.append(self)
        raise SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", dies)
    send_waiting_links(at)
    send_waiting_links(at + MINUTE / 2)
    assert len(went) == 1
    monkeypatch.undo()
    send_waiting_links(at + 2 * MINUTE)
    (again,) = mailoutbox
    assert (again.body, again.extra_headers) == (went[0].body, went[0].extra_headers)
    assert ReportLink.objects.get().digest not in again.body
    send_waiting_links(at + timedelta(9))
    assert len(mailoutbox) == 1


def test_only_so_much_is_sent_in_from_one_place(link, anybody):
    codes = {anybody.post("/meetings/report/none/", words()).status_code for _ in range(30)}
    assert codes == {404}
    assert anybody.post(link, words(went_well="x")).status_code == 429
    assert anybody.get(link).status_code == 200


def test_two_workers_send_a_link_once(named, on, letters, monkeypatch):
    at, seen = on(0), SimpleNamespace(second="unasked")
    from rapport.apps.meetings.actions import letters as sending

    taken = sending._taken

    def beside_another(one, now):
        mine = taken(one, now)
        seen.second = taken(one, now)
        return mine

    monkeypatch.setattr(sending, "_taken", beside_another)
    assert len(letters(at)) == 1
    assert seen.second is None


def test_the_worker_makes_and_sends_links(named, now):
    from rapport import schedule

    follow_plans(now)
    schedule.run([send_waiting_links], now)
    assert send_waiting_links in schedule.LETTERS
    assert len([one for one in mail.outbox if one.to == [ANN["email"]]]) == 1
