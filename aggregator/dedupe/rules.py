"""The include and exclude rules that sources.yaml gives a source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from aggregator.model import Post, Verdict
from aggregator.settings import Rule, Source

ALLOWANCE = "It came with "
"""How the reason of a post begins that is held back for its number alone."""


def over_allowance(count: int, source: Source) -> str:
    """Why a post is held back that came with `count` new ones at once."""
    return f"{ALLOWANCE}{count} new posts at once, and {source.name} may bring {source.allowance} (max_new)."


def excluded(post: Post, source: Source) -> Verdict | None:
    """Why a rule keeps this post out; None when none does. Exclude rules win over include rules."""
    for number, rule in enumerate(source.exclude, 1):
        if matches(post, rule):
            why = f"Rule {number} of `exclude` of {source.name} in sources.yaml matches it ({spelt(rule)})."
            return Verdict("excluded", why)
    if source.include and not any(matches(post, rule) for rule in source.include):
        return Verdict("excluded", f"No rule of `include` of {source.name} in sources.yaml matches it.")
    return None


def what_rules_do(post: Post, source: Source) -> tuple[str, ...]:
    """What each rule of the source says of the post, in a line each, and last what comes of it; () without rules."""
    if not source.include and not source.exclude:
        return ()
    lines = [
        f"{kind} {number} ({spelt(rule)}): {'matches' if matches(post, rule) else 'does not match'}"
        for kind, rules in (("exclude", source.exclude), ("include", source.include))
        for number, rule in enumerate(rules, 1)
    ]
    return (*lines, "kept out" if excluded(post, source) else "let in")


def spelt(rule: Rule) -> str:
    """The rule as sources.yaml spells it."""
    given = ((name, getattr(rule, name)) for name in Rule.__dataclass_fields__)
    return ", ".join(f"{name}: {value}" for name, value in given if value is not None)


def matches(post: Post, rule: Rule) -> bool:
    """Whether every field that the rule sets matches the post."""
    words = len(post.text.split())
    date = post.published or post.updated
    checks = (
        rule.author is None or found(rule.author, post.authors),
        rule.tag is None or found(rule.tag, post.tags),
        rule.title is None or found(rule.title, (post.title,)),
        rule.text is None or found(rule.text, (post.text,)),
        rule.language is None or post.language.split("-")[0] == rule.language.split("-")[0],
        rule.before is None or (date is not None and day(date) < rule.before),
        rule.after is None or (date is not None and day(date) > rule.after),
        rule.min_words is None or words >= rule.min_words,
        rule.max_words is None or words <= rule.max_words,
    )
    return all(checks)


def day(date: datetime) -> str:
    return date.strftime("%Y-%m-%d")


def found(pattern: str, texts: Sequence[str]) -> bool:
    expression = re.compile(pattern, re.IGNORECASE)
    return any(expression.search(text) for text in texts)
