"""What people do with channels, and how what people are told leaves through them."""

from rapport.apps.channels.actions.keeping import (
    add_chat,
    add_webhook,
    ask_for_test,
    change_secret,
    pause_channel,
    remove_channel,
    resume_channel,
)
from rapport.apps.channels.actions.sending import send_due_messages

__all__ = [
    "add_chat",
    "add_webhook",
    "ask_for_test",
    "change_secret",
    "pause_channel",
    "remove_channel",
    "resume_channel",
    "send_due_messages",
]
