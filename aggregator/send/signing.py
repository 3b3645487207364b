"""DKIM (RFC 6376): the signature of a mail, over what a forger would change and over the list's own headers."""

from __future__ import annotations

from collections.abc import Callable

from aggregator.send.server import SendError, UnsuitableError, secret_in
from aggregator.settings import Mail
from aggregator.store.addresses import in_ascii

HEADERS = (
    b"from", b"from",  # twice: a second From that somebody adds breaks the signature (RFC 6376, 8.15)
    b"to", b"subject", b"date", b"message-id", b"reply-to", b"mime-version", b"content-type", b"content-language",
    b"list-id", b"list-unsubscribe", b"list-unsubscribe-post", b"auto-submitted", b"precedence",
)  # fmt: skip
"""RFC 8058, 4: both list headers must be covered."""


def signer(mail: Mail | None) -> Callable[[bytes], bytes]:
    """What puts a signature before a message; the message as it is, where sources.yaml asks for none.

    Raises SendError when the key is not there or is none, or dkimpy is not installed.
    """
    if mail is None or mail.dkim is None:
        return lambda message: message
    try:
        import dkim
    except ImportError:
        raise UnsuitableError(
            "Signing needs dkimpy; install it with `.venv/bin/pip install -e '.[dkim]'` in the folder of the program."
        ) from None
    settings = mail.dkim
    key = secret_in(settings.key).encode()
    if not key:
        raise UnsuitableError(
            f"The environment variables {settings.key} and {settings.key}_FILE hold no private key to sign with."
        )
    selector = settings.selector.encode()
    domain = in_ascii(settings.domain or (mail.sender.email or "").rpartition("@")[2]).encode()
    wanted = list(HEADERS)

    def signed(message: bytes) -> bytes:
        there = {line.split(b":", 1)[0].lower() for line in message.split(b"\r\n\r\n", 1)[0].split(b"\r\n")}
        include = [name for name in wanted if name in there]
        try:
            signature: bytes = dkim.sign(
                message, selector, domain, key, include_headers=include, canonicalize=(b"relaxed", b"relaxed")
            )
        except (dkim.DKIMException, ValueError, IndexError) as error:
            raise SendError(f"The mail cannot be signed with the key in {settings.key}: {error}") from None
        return signature + message

    signed(b"From: a@example.org\r\nSubject: a\r\n\r\na\r\n")  # a key that is none says so before anybody is claimed
    return signed
