"""What people fill in about engagements and agreements."""

from decimal import Decimal
from typing import Any

from django import forms

from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.engagements import policy, queries
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.domain.roles import Side
from rapport.domain.signing import Stage
from rapport.domain.tiers import Tier

_PURPOSE = "What the partner does for the client, in a sentence or two. Both sides see it."


class StartForm(forms.Form):
    """A new engagement."""

    partner = forms.ModelChoiceField(Organisation.objects.none(), empty_label="Choose a partner")
    title = forms.CharField(max_length=200, help_text="What the work is called, such as “Service desk”.")
    purpose = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_PURPOSE
    )

    def __init__(self, *args: Any, actor: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "partner", queries.startable_partners(actor))


class _AmountField(forms.DecimalField):
    """An amount of money, shown without decimals where it is whole."""

    def prepare_value(self, value: Any) -> Any:
        """The amount as it is shown."""
        return int(value) if isinstance(value, Decimal) and value == int(value) else value


class EngagementForm(forms.Form):
    """An engagement's particulars, as far as the reader's side may choose them."""

    title = forms.CharField(max_length=200)
    purpose = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_PURPOSE
    )
    tier = forms.ChoiceField(
        choices=[(tier.value, tier.value) for tier in Tier],
        help_text="How much the work matters to us. The partner does not see this.",
    )
    spend = _AmountField(
        required=False, min_value=0, max_digits=14, decimal_places=2, label="Spend a year",
        help_text="In the currency of the agreement. The partner does not see this.",
    )  # fmt: skip
    client_owner = forms.ModelChoiceField(
        Person.objects.none(), empty_label="Choose somebody", label="Owner on our side"
    )
    partner_owner = forms.ModelChoiceField(
        Person.objects.none(), required=False, empty_label="nobody yet", label="Owner on the partner's side"
    )

    def __init__(self, *args: Any, actor: Person, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "partner_owner", queries.people_of(engagement, Side.PARTNER))
        if actor.is_client:
            _offer(self, "client_owner", queries.people_of(engagement, Side.CLIENT))
        else:
            self.fields["partner_owner"].label = "Owner on our side"
            for field in policy.CLIENTS_OWN:
                del self.fields[field]


class TextForm(forms.Form):
    """The text of a draft, and the fingerprint of the text it was written from."""

    text = forms.CharField(
        label="Text of the agreement",
        max_length=500_000,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 30, "spellcheck": "false", "wrap": "off", "autocapitalize": "off", "class": "font-monospace"}
        ),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class RemarkForm(forms.Form):
    """Something about one line of a version."""

    line = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    text = forms.CharField(max_length=5000, label="Remark", widget=forms.Textarea(attrs={"rows": 3}))
    audience = forms.ChoiceField(
        label="Who sees it",
        widget=forms.RadioSelect,
        choices=[("private", "only our side"), ("shared", "both sides")],
        initial="private",
    )

    def __init__(self, *args: Any, version: AgreementVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if version.stage == Stage.DRAFT:
            self.fields["audience"].widget = forms.HiddenInput()


def _offer(form: forms.Form, field: str, choices: Any) -> None:
    """Let a field choose among what the reader may see, and nothing else."""
    choice = form.fields[field]
    assert isinstance(choice, forms.ModelChoiceField)
    choice.queryset = choices
