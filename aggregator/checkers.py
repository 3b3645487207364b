"""What programs made by others find wrong with a mail: each is run where it is installed, and told of where not.

They run on this machine and ask nothing of any other. `make tools` installs those from the npm registry into tools/,
where the rules they are asked stand too, with the reason for each that is not.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from aggregator.digest.checking import Checked

TOOLS = Path(__file__).parent.parent / "tools"
SECONDS = 120
SPAM = 1.0
"""Points from SpamAssassin that are too many; mail servers refuse or mark at 5."""
FOR_PAGES = ("landmark-one-main", "region")
"""axe's rules that hold for pages: a mail is shown within one."""
Scheme = Literal["light", "dark"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIETLY = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1280,900", "--virtual-time-budget=60000",
    "--dump-dom",
)  # fmt: skip
"""Chromium without its window and without a network: pictures are not asked for."""


class MissingError(Exception):
    """A checker is not there, or does not work; the text says how to get it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What is checked: the HTML by itself, and the mail as it travels."""

    html: str
    raw: bytes


def checks_of(mail: Mail) -> tuple[Checked, ...]:
    """What each checker says."""
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(lambda name: checked(name, CHECKERS[name], mail), CHECKERS))


def checked(name: str, check: Callable[[Mail, Path], Checked], mail: Mail) -> Checked:
    """What one checker says, in a folder of its own; why it says nothing."""
    try:
        with TemporaryDirectory(prefix="aggregator-", ignore_cleanup_errors=True) as folder:
            return check(mail, Path(folder))
    except MissingError as error:
        return Checked(name, missing=str(error))
    except subprocess.TimeoutExpired:
        return Checked(name, missing=f"It gave no answer in {SECONDS} seconds.")
    except (OSError, ValueError, LookupError) as error:
        return Checked(name, missing=f"Its answer cannot be read ({type(error).__name__}: {error}).")


def html_validate(mail: Mail, folder: Path) -> Checked:
    """Markup and accessibility, by html-validate's two sets of rules."""
    program = package("html-validate/bin/html-validate.mjs")
    told = json.loads((TOOLS / "html-validate.json").read_text("utf-8"))
    off = {one["rule"]: one["set"] for one in (*told["always"], *told["mail"])}
    rules = folder / "rules.json"
    rules.write_text(json.dumps({"root": True, "extends": SETS, "rules": off}), encoding="utf-8")
    found = json.loads(answer([node(), program, "-c", rules, "--formatter", "json", written(mail.html, folder)]))
    faults = [f"line {one['line']}: {one['ruleId']}: {one['message']}" for file in found for one in file["messages"]]
    return Checked(
        "html-validate", f"{len(faults)} faults, by the recommended rules and those for accessibility", tuple(faults)
    )


SETS = ("html-validate:recommended", "html-validate:a11y")


def caniemail(mail: Mail, folder: Path) -> Checked:
    """What the mail is made of that some mail program lacks, beside what was looked at and let through."""
    package("caniemail/dist/index.js")
    reviewed = {one["feature"] for one in json.loads((TOOLS / "caniemail.json").read_text("utf-8"))}
    lacking = json.loads(answer([node(), TOOLS / "caniemail.mjs", written(mail.html, folder)]))
    new = [f"{one}: some mail programs lack it, and nobody looked at what they show." for one in lacking
           if one not in reviewed]  # fmt: skip
    return Checked("caniemail", f"{len(lacking)} features that some mail program lacks, {len(new)} not reviewed",
                   tuple(new))  # fmt: skip


def axe(mail: Mail, folder: Path) -> Checked:
    """What shuts people out, in a browser, in both palettes."""
    faults = [f"{scheme}: {one}" for scheme in SCHEMES for one in violations(mail.html, scheme, folder)]
    return Checked("axe-core", f"{len(faults)} violations in Chromium, light and dark", tuple(faults))


SCHEMES: Mapping[Scheme, int] = {"dark": 0, "light": 1}
ASK = """
<script src="axe.js"></script>
<script>
axe.run({rules: %s}).then(({violations}) => {
  const element = document.createElement("script");
  element.type = "application/json";
  element.id = "found";
  element.textContent = JSON.stringify({
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    found: violations.flatMap(one => one.nodes.map(node => `${one.id}: ${one.help}: ${node.html.slice(0, 200)}`)),
  }).replaceAll("<", "\\\\u003c");
  document.body.append(element);
});
</script>
"""


def violations(html: str, scheme: Scheme, folder: Path) -> Iterator[str]:
    """What axe-core says of a mail; it is put into it, and its answer is read from what Chromium made of the page."""
    shutil.copy(package("axe-core/axe.min.js"), folder / "axe.js")
    rules = json.dumps({rule: {"enabled": False} for rule in FOR_PAGES})
    mail = written(html.replace("</body>", ASK % rules + "</body>"), folder)
    profile = f"--user-data-dir={folder / scheme}"
    command = [browser(), *QUIETLY, profile, f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", mail.as_uri()]
    if os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # there is none for root
    dumped = answer(command)
    said = re.search(r'<script type="application/json" id="found">(.*?)</script>', dumped, re.S)
    if said is None:
        raise ValueError("Chromium ended before axe-core did")
    found: dict[str, Any] = json.loads(said[1])
    if found["dark"] != (scheme == "dark"):
        raise ValueError(f"Chromium did not show the {scheme} palette")
    yield from found["found"]


def spamassassin(mail: Mail, folder: Path) -> Checked:
    """The points that SpamAssassin's local rules give."""
    program = shutil.which("spamassassin")
    if program is None:
        raise MissingError("It is not installed: Debian's package is called spamassassin.")
    said = answer([program, "-L", "-t", "-x"], mail.raw, HOME=str(folder)).replace("\r", "")
    score = re.search(r"\((-?[\d.]+) points", said)
    if score is None:
        raise ValueError("no points")
    points = float(score[1]) + 0.0  # a rounded -0.0 is 0.0
    rules = re.findall(r"^ ?(-?\d[\d.]*) +([A-Z]\w+) +(.*)", said, re.M)
    worst = sorted(((float(given), rule, why) for given, rule, why in rules), reverse=True)
    faults = [f"{rule}: {why} ({given} points)" for given, rule, why in worst if given > 0]
    return Checked("SpamAssassin", f"{points} points by its local rules, under {SPAM}",
                   tuple(faults) or ("too many points",) if points >= SPAM else ())  # fmt: skip


CHECKERS: Mapping[str, Callable[[Mail, Path], Checked]] = {
    "html-validate": html_validate, "caniemail": caniemail, "axe-core": axe, "SpamAssassin": spamassassin,
}  # fmt: skip


def node() -> str:
    program = shutil.which("node")
    if program is None:
        raise MissingError("It needs Node, which is not installed: Debian's packages are called nodejs and npm.")
    return program


def package(path: str) -> Path:
    """A file of the packages that `make tools` installs."""
    found = TOOLS / "node_modules" / path
    if not TOOLS.is_dir():
        raise MissingError("It is asked from a checkout of this program only, where `make tools` installs it.")
    if not found.is_file():
        raise MissingError(f"It is not installed: `make tools` in {TOOLS.parent} installs it; npm is needed for that.")
    return found


def browser() -> str:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise MissingError("It needs Chromium, which is not installed: Debian's package is called chromium.")
    return program


def written(html: str, folder: Path) -> Path:
    path = folder / "mail.html"
    path.write_text(html, encoding="utf-8", errors="replace")
    return path


def answer(command: Sequence[str | Path], given: bytes = b"", **environment: str) -> str:
    """What a program prints. Raises ValueError when it prints nothing, with what it complained of."""
    done = subprocess.run(  # noqa: S603  # programs of this machine's owner, and no shell between
        command, input=given, capture_output=True, timeout=SECONDS, check=False, env={**os.environ, **environment}
    )
    if not done.stdout:
        raise ValueError(" ".join(done.stderr.decode(errors="replace").split())[-300:] or "it printed nothing")
    return done.stdout.decode(errors="replace")
