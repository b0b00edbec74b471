"""Reading which practices engagements have in place, and what shows in the whole picture."""

from rapport.apps.practices.queries.coverage import Coverage, coverage, most_urgent, summary, tally_of
from rapport.apps.practices.queries.facts import facts_of
from rapport.apps.practices.queries.pages import address
from rapport.apps.practices.queries.symptoms import (
    kept_symptoms,
    pictures,
    symptom_counts,
    symptoms_of,
    visible_symptoms,
    watched,
)
from rapport.apps.practices.queries.tellers import TELLERS

__all__ = [
    "TELLERS",
    "Coverage",
    "address",
    "coverage",
    "facts_of",
    "kept_symptoms",
    "most_urgent",
    "pictures",
    "summary",
    "symptom_counts",
    "symptoms_of",
    "tally_of",
    "visible_symptoms",
    "watched",
]
