"""From stored posts to a newsletter issue: chosen by ledger, rendered once, frozen."""
