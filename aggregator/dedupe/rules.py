"""The include and exclude rules that sources.yaml gives a source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from aggregator.model import Post, Verdict
from aggregator.settings import Rule, Source


def excluded(post: Post, source: Source) -> Verdict | None:
    """Why a rule keeps this post out; None when none does. Exclude rules win over include rules."""
    for number, rule in enumerate(source.exclude, 1):
        if matches(post, rule):
            return Verdict("excluded", f"Rule {number} of `exclude` of {source.name} in sources.yaml matches it.")
    if source.include and not any(matches(post, rule) for rule in source.include):
        return Verdict("excluded", f"No rule of `include` of {source.name} in sources.yaml matches it.")
    return None


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
