"""What notices about corrective actions say."""

from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.corrections.queries.seen import STATE_WORDS
from rapport.apps.corrections.queries.standing import rule_of, visible_corrections
from rapport.apps.notices.queries import Tellers, Told
from rapport.domain.corrections import waits_for


def _tell_correction(reader: Person, correction: int) -> Told | None:
    """How far a corrective action has come, and whose move it is."""
    if (found := visible_corrections(reader).filter(pk=correction).first()) is None:
        return None
    rule, issue = rule_of(found), found.issue
    side = waits_for(rule)
    words = f"the {rule.proposed} is proposed" if rule.proposed else STATE_WORDS[rule.state]
    move = "" if side is None else "; it is your side's move" if side is reader.side else f"; it waits for the {side}"
    again = f" It began anew because it did not work: {found.again}" if rule.round > 1 and found.again else ""
    url = reverse("corrections:show", args=[issue.engagement_id, issue.number])
    title = f"Corrective action for {issue}: {issue.title}"
    return Told(title, url, "Open the corrective action", f"{issue.engagement.title}: {words}{move}.{again}")


TELLERS: Tellers = {"correction": _tell_correction}
"""By the kind of notice."""
