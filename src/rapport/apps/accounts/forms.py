"""What people fill in about organisations and people."""

from typing import Any

from django import forms

from rapport.apps.accounts.models import LONGEST_FUNCTION, Organisation, Person
from rapport.apps.accounts.queries import candidates
from rapport.domain.roles import Role, Side, roles_of, words


class FoundingForm(forms.Form):
    """The first run: the client organisation and its first administrator."""

    organisation = forms.CharField(max_length=200, label="Your organisation", help_text="The company that outsources.")
    name = forms.CharField(max_length=200, label="Your name")
    email = forms.EmailField(label="Your e-mail address", help_text="You sign in with it.")
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), help_text="At least twelve characters."
    )


class AcceptanceForm(forms.Form):
    """What somebody who was invited adds: a name and a password."""

    name = forms.CharField(max_length=200, label="Your name")
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), help_text="At least twelve characters."
    )


class PartnerForm(forms.Form):
    """A new partner."""

    name = forms.CharField(max_length=200, label="Company name")


class FunctionForm(forms.Form):
    """What somebody is in their company."""

    function = forms.CharField(
        max_length=LONGEST_FUNCTION, required=False,
        help_text="Such as “Head of claims”. Agreements may name people by it; it carries no right.",
    )  # fmt: skip


class InvitationForm(FunctionForm):
    """Whom to invite into one organisation, and as what."""

    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField()
    field_order = ("email", "role", "function")

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [("", "choose one"), *role_choices(Side(organisation.side))]


class RoleForm(forms.Form):
    """What somebody may do in their organisation."""

    role = forms.ChoiceField()

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = role_choices(Side(organisation.side))


class _Names(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # which Django has at check time only
    """People as their name and what they are."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.function or words(Role(obj.role))}"


class TeamForm(forms.Form):
    """A team of one organisation and who is in it."""

    name = forms.CharField(max_length=100, help_text="Such as “Service desk”.")
    members = _Names(Person.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="People")

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = self.fields["members"]
        assert isinstance(members, forms.ModelMultipleChoiceField)
        members.queryset = candidates(organisation)


class TokenForm(forms.Form):
    """A key for a program."""

    name = forms.CharField(max_length=100, help_text="What it is for, such as “nightly upload”.")
    scope = forms.ChoiceField(choices=[("read", "read"), ("write", "read and write")])
    days = forms.IntegerField(min_value=1, max_value=366, initial=90, label="Lasts for days")


def role_choices(side: Side) -> list[tuple[str, str]]:
    """The roles of a side as a form offers them."""
    return [(role.value, words(role)) for role in roles_of(side)]


def roles_seen(actor: Person) -> list[tuple[str, str]]:
    """The roles a list of people can be narrowed to: those of the sides whose people an actor sees."""
    own = role_choices(actor.side)
    if not actor.is_client:
        return own
    return own + [(role, f"{said} of a partner") for role, said in role_choices(Side.PARTNER)]
