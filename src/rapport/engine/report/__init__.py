"""The report of an evaluation: one HTML file that needs nothing else, for a screen, a phone or paper."""

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from rapport.engine.evaluate import Evaluation
from rapport.engine.report.page import page_of
from rapport.engine.report.texts import harmless


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Write the report of an evaluation; the same evaluation gives the same bytes."""
    path.write_text(render(evaluation), encoding="utf-8", newline="\n")


def render(evaluation: Evaluation) -> str:
    """The report of an evaluation as HTML: everything inline, no script, nothing fetched from anywhere."""
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, finalize=harmless
    )
    template = environment.from_string(_part("report.html.jinja"))
    return template.render(page=page_of(evaluation), css=Markup(_part("report.css")))


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
