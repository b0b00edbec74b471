"""What the two sides do with corrective actions. Each step refuses with a sentence, and leaves a line of history."""

from rapport.apps.corrections.actions.parts import (
    add_cause,
    add_target,
    change_cause,
    name_owner,
    remove_cause,
    remove_target,
    set_measure,
)
from rapport.apps.corrections.actions.steps import (
    accept,
    claim,
    close,
    contain,
    fail,
    fail_by_figures,
    follow_figures,
    propose,
    resolve,
    send_back,
    start_correction,
)

__all__ = [
    "accept",
    "add_cause",
    "add_target",
    "change_cause",
    "claim",
    "close",
    "contain",
    "fail",
    "fail_by_figures",
    "follow_figures",
    "name_owner",
    "propose",
    "remove_cause",
    "remove_target",
    "resolve",
    "send_back",
    "set_measure",
    "start_correction",
]
