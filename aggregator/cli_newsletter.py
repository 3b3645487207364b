"""`aggregator digest ...`: what the editor does with an issue."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from aggregator.cli_shared import EXIT_USAGE, as_json, clock, configured, plainly, settings_of


@click.group()
def digest() -> None:
    """The newsletter: build an issue, look at it, approve it."""


@digest.command("build")
@configured
@as_json
@click.argument("month", required=False, metavar="[YYYY-MM]")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Take what is dated from this day on, old posts too.")
def build_digest(file: Path, json_wanted: bool, month: str | None, since: datetime | None) -> None:
    """Build the issue of a month, of the last one where none is named, as newsletters/YYYY-MM.yaml says.

    Building twice gives the same bytes; what differs from the build before is listed.
    """
    with plainly():
        from aggregator import newsletter, show, show_newsletter

        settings = settings_of(file)
        try:
            built = newsletter.build(settings, month, clock(), since.date() if since else None)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    for warning in built.warnings:
        click.echo(warning, err=True)
    where = os.path.relpath(settings.out / "digest" / built.issue.name)
    editing = os.path.relpath(settings.folder / "newsletters" / f"{built.issue.name}.yaml")
    click.echo(show.as_json(built.issue) if json_wanted else show_newsletter.built(built, where, editing))


@digest.command("list")
@configured
@as_json
def list_digests(file: Path, json_wanted: bool) -> None:
    """The issues that were built, and how far each is."""
    with plainly():
        from aggregator import newsletter, show, show_newsletter

        every, put_off = newsletter.every(settings_of(file))
    click.echo(show.as_json(every) if json_wanted else show_newsletter.issue_lines(every, put_off))


@digest.command("show")
@configured
@as_json
@click.argument("issue", required=False)
def show_digest(file: Path, json_wanted: bool, issue: str | None) -> None:
    """What an issue holds, what it leaves out, and why; the newest where none is named.

    Of a month whose issue was not built it shows what it would hold now.
    """
    with plainly():
        from aggregator import newsletter, show, show_newsletter

        found = newsletter.one(settings_of(file), issue, clock())
    click.echo(show.as_json(found) if json_wanted else show_newsletter.issue(found))


@digest.command("check")
@configured
@as_json
@click.argument("issue", required=False)
@click.option(
    "--all", "all_wanted", is_flag=True, help="A checker that is not installed is a fault, as on a build machine."
)
def check_digest(file: Path, json_wanted: bool, issue: str | None, all_wanted: bool) -> None:
    """Whether an issue, the newest where none is named, is a mail that arrives whole and that everybody can read.

    Our own rules are asked, and html-validate, caniemail, axe-core in Chromium and SpamAssassin where they are
    installed; how to install the others is told. Ends with status 2 when something is wrong.
    """
    with plainly():
        from aggregator import newsletter, show, show_newsletter

        name, checks = newsletter.check(settings_of(file), issue)
    faults = [fault for one in checks for fault in one.faults]
    click.echo(
        show.as_json({"issue": name, "faults": faults, "checks": checks})
        if json_wanted
        else show_newsletter.checked(name, checks)
    )
    if faults or (all_wanted and any(one.missing for one in checks)):
        sys.exit(EXIT_USAGE)


@digest.command("approve")
@configured
@click.argument("issue")
def approve_digest(file: Path, issue: str) -> None:
    """Approve a built issue: it is not built again, may be sent, and is shown in the list and the feed of issues."""
    with plainly():
        from aggregator import newsletter

        newsletter.approve(settings_of(file), issue, clock())
    click.echo(f"Issue {issue} is approved.")


@digest.command("drop")
@configured
@click.argument("issue")
def drop_digest(file: Path, issue: str) -> None:
    """Give an issue up; its posts are free for another."""
    with plainly():
        from aggregator import newsletter

        newsletter.drop(settings_of(file), issue, clock())
    click.echo(
        f"Issue {issue} is dropped; its posts are free for another. `aggregator digest build {issue}` makes it anew."
    )
