"""The invented people of the demo portfolio, by what they are, as the ladders of its agreements name them.

Northwind has nobody for one name, the chief customer officer, so that an agreement has something to say about that.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Colleague:
    """Somebody of a company: their name, what they are there, and the role in which they sign in."""

    name: str
    function: str
    role: str


CLIENT = (
    Colleague("Maya Brooks", "Service owner", "manager"),
    Colleague("Edwin Hale", "Chief operating officer", "executive"),
    Colleague("Ines Moreau", "Internal auditor", "auditor"),
)
"""Those of the client as whom one can sign in."""
CLIENT_COLLEAGUES = (
    Colleague("Theo Marsh", "Vendor manager", "manager"),
    Colleague("Nadia Ferrer", "Claims manager", "manager"),
    Colleague("Colin Aske", "Head of claims", "executive"),
    Colleague("Ruth Ollerton", "Policy administration lead", "manager"),
    Colleague("Marek Dvorsky", "Head of operations", "executive"),
    Colleague("Lena Sorby", "Duty manager", "manager"),
    Colleague("Hugo Castell", "Chief information officer", "executive"),
    Colleague("Tess Okoro", "Customer insight lead", "manager"),
    Colleague("Paul Winterby", "Head of customer service", "executive"),
    Colleague("Ida Fenlow", "Archive manager", "manager"),
    Colleague("Gita Sharman", "Head of administration", "executive"),
)
PARTNERS: Mapping[str, tuple[Colleague, ...]] = {
    "Brightdesk": (
        Colleague("Priya Raman", "Account manager", "signer"),
        Colleague("Ben Castleton", "Desk lead", "editor"),
        Colleague("Vera Tolland", "Managing director", "signer"),
    ),
    "Parcelwise": (
        Colleague("Tom Adeyemi", "Account manager", "signer"),
        Colleague("Kit Barlowe", "Dispatcher", "editor"),
        Colleague("Greta Holm", "Managing director", "signer"),
    ),
    "Cloudharbour": (
        Colleague("Sofia Lind", "Service manager", "signer"),
        Colleague("Arun Velde", "Duty engineer", "editor"),
        Colleague("Jonas Brekke", "Chief technology officer", "signer"),
    ),
    "Claimsight": (
        Colleague("George Hadley", "Account manager", "signer"),
        Colleague("Wanda Pike", "Team lead", "editor"),
        Colleague("Stuart Ellery", "Managing director", "signer"),
    ),
    "Lumen Surveys": (
        Colleague("Amira Khalil", "Research director", "signer"),
        Colleague("Noor Haddon", "Researcher", "editor"),
        Colleague("Felix Arden", "Managing director", "signer"),
    ),
    "Papertrail": (
        Colleague("Owen Pryce", "Account manager", "signer"),
        Colleague("Dot Hallam", "Shift lead", "editor"),
        Colleague("Mabel Crane", "Owner", "signer"),
    ),
}
"""The people of each partner; the first speaks for it."""
