"""What the two sides do: tell each other what was good and what should change, rate each other, and give support."""

from rapport.apps.feedback.actions.promises import (
    DUE,
    Offer,
    answer_move,
    ask_to_move,
    keep_promise,
    make_promise,
    send_back,
    tell_of_promise,
)
from rapport.apps.feedback.actions.rounds import CLOSE, REMIND, close_round, open_round, rate, remind_of_round
from rapport.apps.feedback.actions.said import (
    GONE,
    Words,
    acknowledge,
    answer,
    drop_draft,
    keep_draft,
    raise_from,
    share_draft,
    withdraw,
)

__all__ = [
    "CLOSE",
    "DUE",
    "GONE",
    "REMIND",
    "Offer",
    "Words",
    "acknowledge",
    "answer",
    "answer_move",
    "ask_to_move",
    "close_round",
    "drop_draft",
    "keep_draft",
    "keep_promise",
    "make_promise",
    "open_round",
    "raise_from",
    "rate",
    "remind_of_round",
    "send_back",
    "share_draft",
    "tell_of_promise",
    "withdraw",
]
