"""What an address of an agreement may say without breaking its page."""

import pytest


@pytest.mark.parametrize("version", ["9" * 5000, "9" * 30])
def test_a_version_that_no_number_reaches_is_missing(world, signed_in, version):
    page = f"/engagements/{world.engagement.pk}/agreement/"
    assert signed_in(world.editor).get(page, {"version": version}).status_code == 404
