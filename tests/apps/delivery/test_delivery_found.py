"""What programs must not put into the history, which they once could."""

import pytest

from rapport.apps.accounts.policy import Refused
from rapport.apps.delivery.actions import commit_batch, withdraw_batch


def test_a_reason_to_withdraw_is_short(world, preview, now):
    batch = commit_batch(by=world.editor, batch=preview(), at=now)
    with pytest.raises(Refused, match="at most 1,000"):
        withdraw_batch(by=world.editor, batch=batch, reason="x" * 1_001, at=now)
    batch.refresh_from_db()
    assert batch.stage == "committed"
