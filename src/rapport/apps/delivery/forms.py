"""What people fill in about records."""

from collections.abc import Sequence
from typing import Any

from django import forms


class UploadForm(forms.Form):
    """A file of records, and what its records are."""

    source = forms.ChoiceField(label="Records of")
    file = forms.FileField(
        max_length=200,
        help_text="CSV, XLSX, Parquet, JSON Lines or XES, up to 100 MB. Nothing counts before you have looked at it.",
    )

    def __init__(self, *args: Any, sources: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(sources)

    def offer(self, sources: Sequence[str]) -> None:
        """Let people choose among these sources."""
        source = self.fields["source"]
        assert isinstance(source, forms.ChoiceField)
        source.choices = [(name, name.replace("_", " ")) for name in sources]


class WithdrawalForm(forms.Form):
    """Why records are taken out again."""

    reason = forms.CharField(max_length=1000, label="Reason", help_text="Both sides see it in the history.")
