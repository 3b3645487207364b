"""From an issue to mailboxes: claimed before, settled after, and never twice without being told to."""
