"""What a build writes for the editor: the part to fill in, and below it the list of posts to copy from."""

from __future__ import annotations

from aggregator.digest.editing import EditingFile
from aggregator.model import Issue, IssueItem

BELOW = "# ==== Below this line everything is written anew by each build; copy from it what you need."
START = """\
# Issue {name}. What you write here, the next `aggregator digest build {name}` takes over, and nothing else changes
# it. What is left empty is chosen by the program. Posts are named by their address: copy the lines at the end.

# The subject of the mail, about 50 characters. Empty: the name, the month and the best title.
subject:

# What a list of mails shows after the subject, 40 to 100 characters. Empty: the next titles.
preheader:

# A few words to the readers, in Markdown: paragraphs, *emphasis*, [links](https://example.org/). Begin with `intro: |`
# and indent the lines below it by two spaces. Empty: `intro` of sources.yaml.
intro:

# The posts that open the issue, in this order. Empty: the newest ones, from several blogs.
lead:

# The posts that come first after those, in this order; the others follow, newest first.
order:

# Posts that are not in this issue, nor in a later one.
leave_out:

# Some words of yours below a post, as `https://its-address: Your words.`
notes:

"""
LONGEST_LIST = 200
"""Posts left out: what had no room in an issue waits for the next, and after years that is thousands."""


def written_anew(file: EditingFile, issue: Issue) -> str:
    """The file after a build: the editor's part to the letter, and the posts there are."""
    own = file.text.partition(BELOW)[0] if file.text.strip() else START.format(name=issue.name)
    own = own if own.endswith("\n") else own + "\n"
    lines = [BELOW, f"# subject: {plain(issue.subject)}", f"# preheader: {plain(issue.preheader)}", "#"]
    lines += [f"# In the issue: {len(issue.items)}. The posts that open it come first.", "#"]
    for item in issue.items:
        lines += listed_post(item)
    if issue.left_out:
        lines += ["#", f"# Left out: {len(issue.left_out)}.", "#"]
        for item in issue.left_out[:LONGEST_LIST]:
            lines += [*listed_post(item), f"#     {plain(item.left_out)}"]
        if len(issue.left_out) > LONGEST_LIST:
            lines.append(
                f"#  and {len(issue.left_out) - LONGEST_LIST} older ones: `aggregator digest show {issue.name}`"
            )
    return own + "\n".join(lines) + "\n"


def listed_post(item: IssueItem) -> list[str]:
    """A line to copy: without its `#` it is an item of a list, and still says which post it is."""
    lead = "opens the issue, " if item.lead else ""
    return [f"#  - {plain(item.link)}  # {plain(item.title)[:100]} ({lead}{plain(item.source)}, {item.date:%Y-%m-%d})"]


def plain(text: str) -> str:
    """`text` on one line, for a comment: a feed's title cannot end it."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
