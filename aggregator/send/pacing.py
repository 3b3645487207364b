"""When the next mail may go: so many a minute in all, and so many a minute to one domain. Knows no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Pace:
    """Keeps mails apart in time. Moments are seconds of any clock that only goes forward."""

    per_minute: int | None = None
    per_domain_per_minute: int | None = None
    next_of_all: float = 0.0
    next_of_domain: dict[str, float] = field(default_factory=dict)

    def free_at(self, domain: str) -> float:
        """The moment from which a mail to `domain` may go."""
        return max(self.next_of_all, self.next_of_domain.get(domain, 0.0))

    def took(self, domain: str, moment: float) -> None:
        """A mail to `domain` went at `moment`."""
        if self.per_minute:
            self.next_of_all = max(moment, self.next_of_all) + 60 / self.per_minute
        if self.per_domain_per_minute:
            before = self.next_of_domain.get(domain, 0.0)
            self.next_of_domain[domain] = max(moment, before) + 60 / self.per_domain_per_minute
