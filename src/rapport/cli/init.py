"""`rapport init`: a commented start of an agreement."""

from importlib.resources import files
from pathlib import Path

import typer

from rapport.cli.session import Exit, fail


def run(kind: str, output: Path | None) -> None:
    """Write the start of an agreement of a kind to a file, or to standard output; an existing file is kept."""
    starts = {path.name.removesuffix(".yaml"): path for path in files("rapport.cli").joinpath("starts").iterdir()}
    if kind not in starts:
        fail(f"{kind}: choose one of {', '.join(sorted(starts))}.", Exit.USAGE)
    text = starts[kind].read_text(encoding="utf-8")
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{output}: exists already and was kept; choose another name.", Exit.USAGE)
    except OSError as error:
        fail(f"{output}: cannot be written: {error.strerror}.", Exit.USAGE)
    typer.echo(f"{output} written. Fill it in, then run: rapport check {output}", err=True)
