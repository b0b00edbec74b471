"""Who knows the words of each kind of notice."""

from rapport.apps.assurance.queries import TELLERS as ASSURANCE
from rapport.apps.channels.queries import TELLERS as CHANNELS
from rapport.apps.corrections.queries import TELLERS as CORRECTIONS
from rapport.apps.escalations.queries.tellers import TELLERS as ESCALATIONS
from rapport.apps.feedback.queries import TELLERS as FEEDBACK
from rapport.apps.issues.queries import TELLERS as ISSUES
from rapport.apps.meetings.queries import TELLERS as MEETINGS
from rapport.apps.notices.queries import Tellers
from rapport.apps.practices.queries import TELLERS as PRACTICES

TELLERS: Tellers = {
    **PRACTICES,
    **FEEDBACK,
    **CHANNELS,
    **MEETINGS,
    **ISSUES,
    **ESCALATIONS,
    **CORRECTIONS,
    **ASSURANCE,
}
"""The apps' own, by the kind of notice."""
