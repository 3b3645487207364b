"""Content decoding within bounds: a small body that unpacks to gigabytes costs neither memory nor time.

httpx decodes without a limit, so bodies are read raw and decoded here, a piece at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.fetch.decoders import BadEncodingError, Decoder, Identity, decoder

RATIO = 200
"""Decoded bytes for one byte that came in, once more than a megabyte came out: text never packs so well."""
FREE = 1_048_576


class TooLargeError(Exception):
    """The body is larger, or packed tighter, than any blog's."""


class Body:
    """A body as it comes in: decoded, counted, and refused when it grows beyond `limit` bytes."""

    def __init__(self, content_encoding: str, limit: int) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",") if name.strip()]
        if len(names) > 3:
            raise BadEncodingError("it is encoded more than three times over")
        self.decoders = [decoder(name) for name in reversed(names)] or [Identity()]
        self.limit = limit
        self.came_in = 0
        self.pieces: list[bytes] = []
        self.size = 0

    def add(self, data: bytes) -> None:
        """Take in what arrived. Raises TooLargeError or BadEncodingError."""
        self.came_in += len(data)
        if self.came_in > self.limit:  # what is packed may unpack to nothing for ever
            raise TooLargeError(f"it is larger than {self.limit / 1_000_000:g} MB")
        for piece in self.decoded(data, self.decoders):
            self.size += len(piece)
            if self.size > self.limit:
                raise TooLargeError(f"it is larger than {self.limit / 1_000_000:g} MB")
            if self.size > FREE and self.size > RATIO * self.came_in:
                raise TooLargeError(f"{self.came_in} bytes of it unpack to more than {self.size}")
            self.pieces.append(piece)

    def decoded(self, data: bytes, decoders: list[Decoder]) -> Iterator[bytes]:
        if not decoders:
            yield data
            return
        for piece in decoders[0].feed(data):
            yield from self.decoded(piece, decoders[1:])

    def bytes(self) -> bytes:
        """The whole body. Raises BadEncodingError when its compression says that more was to come."""
        if not all(decoder.is_whole() for decoder in self.decoders):
            raise BadEncodingError("it was cut short")
        return b"".join(self.pieces)
