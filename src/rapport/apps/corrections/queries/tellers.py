"""What notices about corrective actions say."""

from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.corrections.models import Correction
from rapport.apps.corrections.queries.seen import STATE_WORDS, words_of
from rapport.apps.corrections.queries.standing import is_by_word, rule_of, visible_corrections
from rapport.apps.notices.queries import Tellers, Told
from rapport.domain import corrections
from rapport.domain.corrections import State
from rapport.domain.plurals import counted_noun
from rapport.kit.dates import short_day


def _tell_correction(reader: Person, correction: int) -> Told | None:
    """How far a corrective action has come, and whose move it is."""
    if (found := visible_corrections(reader).filter(pk=correction).first()) is None:
        return None
    rule, issue = rule_of(found), found.issue
    words = f"the {rule.proposed} is proposed" if rule.proposed else STATE_WORDS[rule.state]
    again = f" It began anew because it did not work: {found.again}" if rule.round > 1 and found.again else ""
    url = reverse("corrections:show", args=[issue.engagement_id, issue.number])
    title = f"Corrective action for {issue}: {issue.title}"
    due = f" The issue is to be mended by {short_day(issue.due_on, None)}." if issue.is_open else ""
    text = f"{issue.engagement.title}: {words}{_move(reader, found, rule)}.{due}{again}"
    return Told(title, url, "Open the corrective action", text)


def _move(reader: Person, correction: Correction, rule: corrections.Correction) -> str:
    """Whose move it is, and what is asked; while figures are still to come, when that will be."""
    issue = correction.issue
    side = issue.waits_for if rule.state is State.CLOSED else issue.corrected_by
    if side is None and rule.state is State.VERIFYING:
        closer = rule.responsible.other
        asked = "you are asked" if closer is reader.side else f"the {closer} is asked"
        return f"; {asked} to close it after {counted_noun(correction.proof_periods, 'met period')}"
    if side is None:
        return ""
    what = words_of(rule, side, is_by_word=rule.state is State.VERIFYING and is_by_word(correction))
    return f"; it is your side's move: {what}" if side is reader.side else f"; it waits for the {side} to {what}"


TELLERS: Tellers = {"correction": _tell_correction}
"""By the kind of notice."""
