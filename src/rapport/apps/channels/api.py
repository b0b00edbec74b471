"""What programs ask about channels."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Query, Router, Schema

from rapport.apps.accounts.api import Somebody, actor_of, somebody
from rapport.apps.channels import queries
from rapport.apps.channels.models import Channel
from rapport.apps.channels.policy import demand_keeper
from rapport.domain.channels import Kind, State
from rapport.kit.api import Page, Paging, page_of

router = Router(tags=["Channels"])


class ChannelShown(Schema):
    """A chat or a program that is told what one person is told; neither its address nor its secret is ever shown."""

    id: int
    name: str
    kind: Kind
    service: str
    person: Somebody
    is_urgent_only: bool
    state: State
    last_sent_at: datetime | None
    failing_since: datetime | None
    reason: str


@router.get("/channels", response=Page[ChannelShown])
def list_channels(request: HttpRequest, paging: Query[Paging]) -> Page[ChannelShown]:
    """The channels, for administrators of the client. They are added on pages, where a secret is shown once."""
    actor = actor_of(request)
    demand_keeper(actor)

    def shown(one: Channel) -> ChannelShown:
        return ChannelShown(
            id=one.pk, name=one.name, kind=Kind(one.kind), service=one.service, person=somebody(actor, one.person),
            is_urgent_only=one.is_urgent_only, state=State(one.state), last_sent_at=one.last_sent_at,
            failing_since=one.failing_since, reason=one.reason,
        )  # fmt: skip

    return page_of(request, paging, queries.visible_channels(actor), shown)
