"""Views of the portfolio that people keep: their own, or shared within their company and never across."""

import pytest

from rapport.apps.portfolio.actions import keep_view, remove_view
from rapport.apps.portfolio.models import SavedView
from rapport.apps.portfolio.queries.overview import saved_views
from rapport.domain.refusals import Refused


def kept(person, now, name="Mine", is_shared=False):
    return keep_view(by=person, name=name, query="standing=missed", is_shared=is_shared, at=now)


def names(person):
    return [view.name for view in saved_views(person)]


def test_a_view_is_for_oneself_unless_it_is_shared(world, now):
    kept(world.signer, now)
    kept(world.signer, now, name="Ours", is_shared=True)
    assert names(world.signer) == ["Mine", "Ours"]
    assert names(world.editor) == ["Ours"]
    for stranger in (world.sibling_signer, world.manager, world.administrator):
        assert names(stranger) == []


def test_the_client_shares_nothing_with_a_partner(world, now):
    kept(world.manager, now, name="Tier one", is_shared=True)
    assert names(world.executive) == ["Tier one"]
    assert names(world.signer) == names(world.sibling_signer) == []


def test_what_a_closed_account_shared_is_gone(world, now):
    kept(world.signer, now, is_shared=True)
    world.signer.is_active = False
    world.signer.save()
    assert names(world.editor) == []


def test_a_name_is_kept_once_by_a_person(world, now):
    kept(world.signer, now)
    kept(world.editor, now)
    with pytest.raises(Refused, match="already"):
        kept(world.signer, now)


def test_nobody_keeps_too_many(world, now):
    for number in range(30):
        kept(world.signer, now, name=f"{number}")
    with pytest.raises(Refused, match="30 views"):
        kept(world.signer, now)


def test_a_colleague_sees_a_shared_view_and_cannot_remove_it(world, now, signed_in):
    view = kept(world.signer, now, is_shared=True)
    with pytest.raises(Refused, match="colleague"):
        remove_view(by=world.editor, view=view, at=now)
    signed_in(world.editor).post(f"/portfolio/views/{view.pk}/remove/")
    assert SavedView.objects.filter(pk=view.pk).exists()
    assert signed_in(world.sibling_signer).post(f"/portfolio/views/{view.pk}/remove/").status_code == 404
    signed_in(world.signer).post(f"/portfolio/views/{view.pk}/remove/")
    assert not SavedView.objects.exists()


def test_a_view_is_kept_from_the_page_as_far_as_it_is_known(world, signed_in):
    browser = signed_in(world.signer)
    said = {"name": " Bad\u200b ones ", "is_shared": "on", "query": "standing=missed&tier=strategic&evil=%3Cscript%3E"}
    answer = browser.post("/portfolio/views/keep/", said)
    assert answer.url == "/portfolio/?standing=missed"
    (view,) = SavedView.objects.all()
    assert (view.name, view.query, view.is_shared) == ("Bad ones", "standing=missed", True)
    page = browser.get("/portfolio/").content
    assert b'href="/portfolio/?standing=missed"' in page
    assert b"Bad ones" in page


def test_a_view_without_a_name_is_not_kept(world, signed_in):
    answer = signed_in(world.signer).post("/portfolio/views/keep/", {"name": "\u200b", "query": "q=x"}, follow=True)
    assert b"nothing that can be read" in answer.content
    assert not SavedView.objects.exists()
