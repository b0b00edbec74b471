"""Letters by mail: what one is made of, and what it means when one cannot leave."""

from collections.abc import Mapping
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def one_line(text: str) -> str:
    """A text on one line, so that nothing that somebody wrote adds a header to a mail or lines to its words."""
    return " ".join(text.split())


def letter(
    template: str, words: Mapping[str, Any], *, name: str, subject: str, to: str, connection: Any
) -> EmailMultiAlternatives:
    """A letter as plain text and as a page, from a template that is there with both endings.

    `name` is its own for good: receivers know by it that a letter sent again is the same one.
    """
    headers = {"Message-ID": f"<{name}@{settings.SITE_HOST}>", "Auto-Submitted": "auto-generated"}
    plain = render_to_string(f"{template}.txt", dict(words))
    mail = EmailMultiAlternatives(subject, plain, to=[to], headers=headers, connection=connection)
    mail.attach_alternative(render_to_string(f"{template}.html", dict(words)), "text/html")
    return mail


def reason_of(error: Exception) -> str:
    """Why a letter could not leave, as it is kept with that."""
    return f"{type(error).__name__}: {error}"[:500]


def is_server_away(error: Exception) -> bool:
    """Whether nothing can leave now, unlike where the mail server is there and does not take this one letter."""
    return isinstance(error, OSError) and not isinstance(error, SMTPRecipientsRefused | SMTPDataError)
