"""Work on record files that happens by itself; done twice it has one effect."""

import logging
from datetime import datetime

from rapport.apps.delivery import actions, queries

_log = logging.getLogger(__name__)


def read_waiting_files(now: datetime) -> None:
    """Read the large files that wait; one that breaks off does not keep the others waiting."""
    for batch in queries.waiting_files(now):
        try:
            actions.read_batch(batch=batch, at=now)
        except Exception:
            _log.exception("Reading the file of batch %s broke off", batch.pk)


def drop_refused_files(now: datetime) -> None:  # noqa: ARG001 - every job is called with the moment
    """Remove the content of files that could not be used, where that broke off."""
    for batch in queries.refused_files():
        actions.drop_refused_file(batch=batch)
