"""A large installation, written straight into its database: 200 partners, 400 engagements, a million results.

The agreements are real and so are the results of a few of them, computed from generated tickets; the others are copies,
since a million results could not be made by the actions people use in any time to wait for.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

PARTNERS = 200
ENGAGEMENTS = 400
KPIS = 20
WEEKS = 125
VARIANTS = 5
FIRST = datetime(2024, 5, 6, tzinfo=UTC)
NOW = FIRST + timedelta(weeks=WEEKS, hours=9)
_CATEGORIES = ("mail", "network", "access", "printing", "laptops")
_PRIORITIES = ("P1", "P2", "P3", "P4")


def fill(say: Any) -> None:
    """Fill the empty database that the settings name."""
    from django.db import transaction

    with transaction.atomic():
        engagements = list(_engagements())
        say(f"{len(engagements)} engagements")
        for number, engagement in enumerate(engagements[:VARIANTS]):
            _compute(engagement, number)
        for number, engagement in enumerate(engagements[VARIANTS:]):
            _copy(engagements[number % VARIANTS], engagement)
        say(f"{ENGAGEMENTS * KPIS * WEEKS:,} results")


def _engagements() -> Iterator[Any]:
    from rapport.apps.accounts.actions import who
    from rapport.apps.accounts.models import Organisation
    from rapport.apps.audit.actions import record
    from rapport.apps.engagements.models import AgreementVersion, Engagement, Signature
    from rapport.domain.roles import Role, Side

    client = Organisation.objects.create(name="Large Client", side=Side.CLIENT, created_at=FIRST)
    managers = [_person(client, Role.MANAGER, number) for number in range(25)]
    for number in range(ENGAGEMENTS):
        if number < PARTNERS:
            organisation = Organisation.objects.create(name=f"Partner {number:03}", side=Side.PARTNER, created_at=FIRST)
            signer = _person(organisation, Role.SIGNER, number)
        else:
            organisation = Organisation.objects.get(name=f"Partner {number - PARTNERS:03}")
            signer = organisation.people.get()
        manager = managers[number % len(managers)]
        engagement = Engagement.objects.create(
            partner=organisation, title=f"Service {number:03}", purpose="Answers people.", client_owner=manager,
            partner_owner=signer, tier=("strategic", "important", "standard")[number % 3], created_at=FIRST,
        )  # fmt: skip
        record(engagement.chain, by=who(manager), at=FIRST, verb="engagement.started", subject=engagement.title)
        text, digest = agreement_text(organisation.name), f"{number:064x}"
        version = AgreementVersion.objects.create(
            engagement=engagement, number=1, text=text, digest=digest, stage="in_force", written_by=Side.CLIENT,
            author=manager, created_at=FIRST, proposed_at=FIRST, in_force_at=FIRST,
        )  # fmt: skip
        for side, person in ((Side.CLIENT, manager), (Side.PARTNER, signer)):
            Signature.objects.create(version=version, side=side, person=person, digest=digest, at=FIRST)
        yield engagement


def _person(organisation: Any, role: Any, number: int) -> Any:
    from rapport.apps.accounts.models import Person

    email = f"{role}{number}@{organisation.pk}.example.org"
    person = Person(organisation=organisation, role=role, name=f"{role} {number}", email=email, created_at=FIRST)
    person.set_unusable_password()
    person.save()
    return person


def agreement_text(partner: str) -> str:
    """An agreement about tickets with one KPI for each priority and category, by the week."""
    kpis = "".join(
        f"""
  - id: {category}-{priority.lower()}
    name: {priority} tickets about {category} closed in time
    objective: restore
    kind: share_within_limit
    clock: resolution
    filter: priority = '{priority}' and category = '{category}'
    period: {{kind: week, by: start}}
    direction: higher
    unit: "%"
    bands: [{{name: Poor, score: 0}}, {{name: Good, edge: 90, score: 100, target: true}}]
    minimum: 75"""
        for category in _CATEGORIES
        for priority in _PRIORITIES
    )
    return f"""rapport: 1
id: service
title: Service
version: 1
parties:
  client: {{name: Large Client}}
  partner: {{name: {partner}}}
term: {{from: {FIRST:%Y-%m-%d}, to: 2027-03-31}}
time_zone: Europe/London
calendars:
  desk: {{hours: {{mon-fri: "08:00-18:00"}}, holidays: {{country: GB, subdivision: ENG}}}}
needs: [{{id: reliability, name: We can rely on it, level: 1}}]
objectives: [{{id: restore, name: People can work again soon, need: reliability}}]
sources:
  tickets:
    format: csv
    date_formats: ["%Y-%m-%d %H:%M"]
    key: ticket
    opened: opened
    columns:
      ticket: text
      opened: {{type: time, required: true}}
      closed: time
      priority: text
      category: text
clocks:
  resolution:
    source: tickets
    start: {{column: opened}}
    stop: {{column: closed}}
    calendar: desk
    limit: {{by: priority, values: {{P1: 4h, P2: 8h, P3: 24h, P4: 40h}}}}
kpis:{kpis}
"""


def tickets(seed: int, count: int) -> str:
    """A file of tickets over all weeks, as CSV."""
    chance = random.Random(seed)
    lines = ["ticket,opened,closed,priority,category"]
    for number in range(count):
        opened = FIRST + timedelta(minutes=chance.randrange(WEEKS * 7 * 24 * 60))
        closed = opened + timedelta(minutes=int(chance.expovariate(1 / 300)))
        kind = f"{chance.choice(_PRIORITIES)},{chance.choice(_CATEGORIES)}"
        lines.append(f"T{number:07},{opened:%Y-%m-%d %H:%M},{closed:%Y-%m-%d %H:%M},{kind}")
    return "\n".join(lines) + "\n"


def _compute(engagement: Any, number: int) -> None:
    """Records brought in and results computed by the product's own actions."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from rapport.apps.delivery.actions import commit_batch, preview_records
    from rapport.apps.kpis.actions import compute_results

    file = SimpleUploadedFile("tickets.csv", tickets(number, 12_000).encode())
    batch = preview_records(by=engagement.partner_owner, engagement=engagement, source="tickets", file=file, at=NOW)
    commit_batch(by=engagement.partner_owner, batch=batch, at=NOW)
    compute_results(engagement=engagement, at=NOW)


def _copy(source: Any, target: Any) -> None:
    """Another engagement's results, rows and all."""
    from rapport.apps.kpis.models import Evaluation, MonthStanding, Result
    from rapport.apps.kpis.queries import basis_of

    latest, version = source.evaluations.first(), target.versions.get()
    evaluation = Evaluation.objects.create(
        engagement=target, version=version, content="", digest=latest.digest, computed_at=NOW,
        basis=basis_of(version.pk, []),
    )  # fmt: skip
    _copy_rows(Result, source, {"evaluation_id": evaluation.pk, "engagement_id": target.pk})
    _copy_rows(MonthStanding, source, {"engagement_id": target.pk})


def _copy_rows(model: Any, source: Any, other: dict[str, int]) -> None:
    """Rows of an engagement once more, with other values in some columns."""
    from django.db import connection

    table, fields = model._meta.db_table, model._meta.concrete_fields
    same = ", ".join(f'"{field.column}"' for field in fields if field.column not in ("id", *other))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {table} ({", ".join(other)}, {same})
                SELECT {", ".join(["%s"] * len(other))}, {same} FROM {table} WHERE engagement_id = %s""",
            [*other.values(), source.pk],
        )
