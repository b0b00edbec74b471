"""Who may do what with corrective actions."""

from rapport.apps.accounts.models import Person
from rapport.domain.corrections import Correction, Part, State
from rapport.domain.refusals import Refused

_CAUSE_OPEN = (State.OPEN, State.CONTAINED)
_PLAN_OPEN = (*_CAUSE_OPEN, State.CAUSE_AGREED)


def may_change(correction: Correction, part: Part) -> bool:
    """Whether a part can still be worked out: it is neither agreed nor with the other side."""
    open_in = _CAUSE_OPEN if part is Part.CAUSE else _PLAN_OPEN
    return correction.state in open_in and correction.proposed is not part


def demand_responsible(actor: Person, correction: Correction, what: str) -> None:
    """Refuse unless the actor's side works on the corrective action; `what` is what only that side does."""
    if actor.side is not correction.responsible:
        side = correction.responsible
        raise Refused(
            f"The {side} is responsible for the corrective action, and only the {side} can {what}: say in a comment "
            "on the issue what you would have it say."
        )


def demand_change(actor: Person, correction: Correction, part: Part, what: str) -> None:
    """Refuse unless the actor's side works on the corrective action and the part can still be worked out."""
    demand_responsible(actor, correction, what)
    if correction.proposed is part:
        raise Refused(f"The {part} lies with the {actor.side.other}, and what they read stays: wait for their answer.")
    if not may_change(correction, part):
        raise Refused(
            f"The {part} is agreed, and what both sides agreed to stays: it is worked out anew in a new round."
        )
