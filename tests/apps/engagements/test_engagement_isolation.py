import pytest
from django.urls import reverse

from rapport.apps.engagements import actions, queries
from rapport.apps.engagements.models import Remark
from rapport.domain.refusals import Refused

CANARY = "canary-7f3a private remark"
OF_ENGAGEMENT = ("show", "edit", "history", "agreement", "write")
OF_VERSION = ("version", "propose", "sign", "withdraw", "remark")
MISSING = 999_999
SIBLINGS = ("sibling_signer", "sibling_editor", "sibling_partner_viewer")


def ask(browser, name, *args):
    method = browser.post if name in ("propose", "sign", "withdraw", "remark") else browser.get
    return method(reverse(f"engagements:{name}", args=args))


@pytest.mark.parametrize("role", SIBLINGS)
@pytest.mark.parametrize("name", OF_ENGAGEMENT)
def test_sibling_gets_the_answer_of_a_missing_engagement(world, signed_in, role, name):
    browser = signed_in(getattr(world, role))
    foreign, missing = ask(browser, name, world.engagement.pk), ask(browser, name, MISSING)
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert missing.status_code == 404


@pytest.mark.parametrize("role", SIBLINGS)
@pytest.mark.parametrize("name", OF_VERSION)
def test_sibling_gets_the_answer_of_a_missing_version(world, signed_in, proposed, role, name):
    version = proposed(world.manager, world.engagement)
    browser = signed_in(getattr(world, role))
    missing = ask(browser, name, MISSING, MISSING)
    for engagement in (world.engagement, world.sibling_engagement):
        foreign = ask(browser, name, engagement.pk, version.pk)
        assert (foreign.status_code, foreign.content) == (404, missing.content)


@pytest.mark.parametrize("name", OF_VERSION)
@pytest.mark.parametrize(("writer", "reader"), [("manager", "signer"), ("editor", "manager")])
def test_draft_of_the_other_side_is_not_there(world, signed_in, text, now, name, writer, reader):
    draft = actions.write_draft(by=getattr(world, writer), engagement=world.engagement, text=text, at=now)
    browser = signed_in(getattr(world, reader))
    foreign, missing = (ask(browser, name, world.engagement.pk, number) for number in (draft.pk, MISSING))
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    chosen = browser.get(reverse("engagements:agreement", args=[world.engagement.pk]), {"version": draft.pk})
    assert chosen.status_code == 404
    assert not queries.versions(getattr(world, reader), world.engagement).exists()
    assert "draft" not in browser.get(reverse("engagements:show", args=[world.engagement.pk])).content.decode().lower()


def test_draft_of_the_other_side_is_refused_to_actions(world, text, now):
    draft = actions.write_draft(by=world.manager, engagement=world.engagement, text=text, at=now)
    with pytest.raises(Refused, match="There is no such version here"):
        actions.propose_version(by=world.signer, version=draft, at=now)
    with pytest.raises(Refused, match="There is no such engagement here"):
        actions.write_draft(by=world.sibling_editor, engagement=world.engagement, text=text, at=now)


@pytest.mark.parametrize(("speaker", "listener"), [("manager", "signer"), ("editor", "manager")])
def test_private_remark_reaches_no_answer_to_the_other_side(world, signed_in, proposed, speaker, listener):
    version = proposed(world.manager, world.engagement)
    said = {"line": 3, "text": CANARY, "audience": "private"}
    spoken = signed_in(getattr(world, speaker))
    spoken.post(reverse("engagements:remark", args=[world.engagement.pk, version.pk]), said)
    assert Remark.objects.get().is_private
    page = spoken.get(reverse("engagements:version", args=[world.engagement.pk, version.pk]))
    assert CANARY in page.content.decode()
    other = signed_in(getattr(world, listener))
    answers = [ask(other, name, world.engagement.pk) for name in OF_ENGAGEMENT]
    answers += [ask(other, name, world.engagement.pk, version.pk) for name in OF_VERSION]
    answers.append(other.get(reverse("engagements:version", args=[world.engagement.pk, version.pk]), {"line": 3}))
    assert all("canary-7f3a" not in answer.content.decode() for answer in answers)


def test_shared_remark_is_read_by_both_and_told_in_history(world, signed_in, proposed):
    version = proposed(world.manager, world.engagement)
    said = {"line": 3, "text": "Is this <b>ours</b>?", "audience": "shared"}
    address = reverse("engagements:remark", args=[world.engagement.pk, version.pk])
    signed_in(world.signer).post(address, said)
    shown = signed_in(world.viewer).get(reverse("engagements:version", args=[world.engagement.pk, version.pk]))
    assert "Is this &lt;b&gt;ours&lt;/b&gt;?" in shown.content.decode()
    assert queries.history(world.auditor, world.engagement).first().content["verb"] == "remark.made"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"line": 9999, "text": "x", "audience": "private"}, "There is no line 9999"),
        ({"line": 3, "text": "", "audience": "private"}, "This field is required"),
        ({"line": "x" * 9, "text": "x", "audience": "private"}, "choose the number of the line"),
    ],
)
def test_remark_that_cannot_be_is_refused(world, signed_in, proposed, said, answer):
    version = proposed(world.manager, world.engagement)
    address = reverse("engagements:remark", args=[world.engagement.pk, version.pk])
    assert answer in signed_in(world.manager).post(address, said).content.decode()
    assert not Remark.objects.exists()


def test_remark_on_a_draft_stays_on_its_side(world, text, now):
    draft = actions.write_draft(by=world.manager, engagement=world.engagement, text=text, at=now)
    with pytest.raises(Refused, match="The other side does not see a draft"):
        actions.make_remark(by=world.manager, version=draft, line=1, text="x", is_private=False, at=now)


@pytest.mark.parametrize("role", ["viewer", "auditor", "administrator", "partner_viewer"])
def test_remark_needs_a_say(world, proposed, now, role):
    version = proposed(world.manager, world.engagement)
    with pytest.raises(Refused, match="Your role does not let you remark"):
        actions.make_remark(by=getattr(world, role), version=version, line=1, text="x", is_private=True, at=now)
