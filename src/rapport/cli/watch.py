"""`rapport watch`: early warning."""

from rapport.cli.session import Exit, fail
from rapport.cli.show import percent, say, short, show_json, show_table
from rapport.domain.durations import format_duration, parse_duration
from rapport.engine.watch import watch
from rapport.engine.workspace import Workspace


def run(workspace: Workspace, ahead: str, json: bool) -> None:
    """Show signals, forecasts and the records about to breach."""
    try:
        seconds = parse_duration(ahead)
    except ValueError as error:
        fail(f"--ahead: {error}.", Exit.USAGE)
    data = watch(workspace, seconds)
    if json:
        show_json(data)
        return
    say(f"Measured to {short(data['as_of'])}")
    for kpi in data["kpis"]:
        forecast = kpi["forecast"] or {}
        signals = ", ".join(f"{item['period']} {item['rule'].replace('_', ' ')}" for item in kpi["signals"])
        kpi["line"] = (
            kpi["kpi"], kpi["period"], kpi["value"], forecast.get("misses_left"), forecast.get("expected_volume"),
            percent(forecast.get("breach_probability")), signals or "none",
        )  # fmt: skip
    headings = ("kpi", "running period", "value", "misses left", "of records", "chance of a miss", "signals")
    show_table("Outlook", headings, (kpi["line"] for kpi in data["kpis"]))
    rows = [
        (item["kpi"], item["key"], short(item["due"]), format_duration(item["left"]))
        for item in data["about_to_breach"]
    ]
    show_table(f"Due within {ahead}", ("kpi", "record", "due", "left"), rows)
