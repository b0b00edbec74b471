"""`rapport check`: every fault of an agreement."""

from pathlib import Path

import typer

from rapport.cli.session import Exit, fail
from rapport.cli.show import say, show_json
from rapport.engine.check import uncovered
from rapport.engine.document import DocumentError, load


def run(path: Path, json: bool) -> None:
    """Show the faults, or what the agreement holds and leaves uncovered; ends with 3 where there are faults."""
    try:
        document = load(path)
    except OSError as error:
        fail(f"{path}: cannot be read: {error.strerror}.", Exit.USAGE)
    except DocumentError as error:
        if json:
            show_json({"valid": False, "faults": [fault.to_json() for fault in error.faults], "uncovered": []})
        else:
            for fault in error.faults:
                say(f"{path}:{fault}")
        raise typer.Exit(Exit.AGREEMENT_FAULTY) from None
    gaps = uncovered(document.agreement)
    if json:
        show_json({"valid": True, "digest": document.digest, "faults": [], "uncovered": gaps})
        return
    agreement = document.agreement
    size = f"{len(agreement.kpis)} KPIs over {len(agreement.sources)} sources"
    say(f"{path}: no faults. {size}, digest {document.digest[:12]}.")
    for sentence in gaps:
        say(sentence)
