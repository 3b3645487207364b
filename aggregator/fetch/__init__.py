"""What reaches out: HTTP, robots.txt, documents on disk."""

import sys

# httpx imports its own command line, and with it Rich and Pygments, where it finds them; it does without when told that
# they are not there.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None says so (import system, 5.3.1)
