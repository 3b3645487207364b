"""The words of what software adds at the end of a post, and the classes that give it away."""

from __future__ import annotations

import re

CLUTTER = re.compile(
    r"(?:^|[\s_-])(?:sharedaddy|sd-sharing\w*|sd-block|jp-relatedposts|jp-post-flair|addtoany\w*|a2a_kit|addthis\w*|"
    r"share-?(?:buttons?|bar|links|icons|this|options|post)|social-?(?:share|sharing|links|icons)|entry-share|x-entry-share|"
    r"post-share|hs-social|related-?(?:posts|articles|content)|yarpp\w*|feedflare|wp-block-post-comments|disqus\w*|"
    r"comments-area|newsletter-?(?:form|signup|box)|mc4wp\w*|mailmunch\w*|wpcnt|subscription-widget|"
    r"field--name-(?:title|uid|created|changed))(?:$|[\s_-])",
    re.IGNORECASE,
)
BUTTON = re.compile(r"(?:^|\s)button-wrapper(?:\s|$)")
"""Substack's, of the author's own making too: where it leads tells."""
OFFERS = re.compile(r"/subscribe(?:\?|$)|[?&]action=share\b|/comments(?:\?|$)|/leaderboard\?")
APPEARED = re.compile(
    r"^(?:het bericht|dit bericht|the post|der beitrag|l['’]article)\b.{0,400}\b"
    r"(?:verscheen eerst op|verscheen als eerste op|appeared first on|erschien zuerst auf|est apparu en premier sur)"
    r"\b.{0,200}$|"
    r"^(?=.{1,300} on Medium, where people are ).{1,200} was originally published in ",
    re.IGNORECASE,
)
POST = r"(?:artikel|bericht|blog\w*|post|pagina|verhaal|stuk)"
PROMPT = re.compile(
    r"^\W*(?:"
    rf"(?:dit|deze)\s+(?:{POST}\s+)?delen(?:\s+(?:met\s+anderen|op|via))?|delen\s*:|"
    r"share\s+(?:(?:this|it)\b\s*)?(?:article|page|post|story)?\s*(?:on|via)?|"
    rf"(?:vond|vindt|vind)\s+(?:u|je|jij)\s+(?:dit|het|deze)\s+(?:{POST}\s+)?"
    rf"(?:(?:een\s+)?(?:interessant|leuk|nuttig|handig|goed|waardevol)e?(?:\s+{POST})?|de\s+moeite\s+waard)\s*\?"
    r"\s*(?:deel\s+(?:het|dit|deze)\b.{0,60})?|"
    rf"deel\s+(?:(?:het|dit|deze)(?:\s+{POST})?|{POST})(?:\s+(?:met|op|via)\b.{{0,50}})?|deel\s+(?:op|via)\b.{{0,30}}|"
    r"gerelateerde?(?:\s+(?:artikelen|berichten|posts|blogs|content))?\s*:?|related(?:\s+(?:posts|articles|content))?\s*:?|"
    r"lees\s+ook\s*(?::.{0,120})?|ook\s+interessant\s*:?|meer\s+lezen\s*\??|"
    r"\d+\s+(?:reacties?|comments?)|geef\s+een\s+reactie|laat\s+een\s+reactie\s+achter|leave\s+a\s+(?:comment|reply)|"
    r"schrijf\s+je\s+in\s+voor\s+.{0,60}nieuwsbrief.{0,40}|meld\s+je\s+aan\s+voor\s+.{0,60}nieuwsbrief.{0,40}|"
    r"subscribe\s+to\s+.{0,60}newsletter.{0,40}|like\s+this\s*:?|vind-ik-leuk\s*:?.{0,20}"
    r")\W*$",
    re.IGNORECASE,
)
BARE = re.compile(
    r"^\W*(?:deel|delen|share|tweet|print|e-?mail|facebook|twitter|linkedin|whatsapp|pinterest|reacties?|comments?|reageer)\W*$",
    re.IGNORECASE,
)
"""Words that are prompts where nothing but prompts follows, and else may be a heading of the author's."""
NETWORKS = re.compile(
    r"(?:^|\.)(?:facebook|twitter|x|linkedin|pinterest|reddit|tumblr|telegram|whatsapp|instagram|youtube|getpocket|buffer|"
    r"addtoany|addthis|wa|t|bsky|xing|vk|flipboard|pinboard|threads|mix|digg)\.\w+$"
)
READ_ON = re.compile(
    r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|(?:lees\s+(?:verder|meer)|verder\s+lezen|read\s+more|continue\s+reading)\s*[»→>….]*)\s*$",
    re.IGNORECASE,
)
LONGEST_PROMPT = 300
"""Characters: PROMPT and BARE find no more."""


def is_prompt(text: str) -> bool:
    if APPEARED.match(text):
        return True
    return len(text) < LONGEST_PROMPT and bool(PROMPT.match(text) or BARE.match(text))
