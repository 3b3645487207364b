"""From stored posts to a newsletter issue."""
