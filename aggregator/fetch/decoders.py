"""Content decoding within bounds: a small body that unpacks to gigabytes costs neither memory nor time.

httpx decodes without a limit, so bodies are read raw and decoded here, a piece at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

PIECE = 65_536
RATIO = 200
"""Decoded bytes for one byte that came in, once more than a megabyte came out: text never packs so well."""
FREE = 1_048_576


class TooLargeError(Exception):
    """The body is larger, or packed tighter, than any blog's."""


class BadEncodingError(Exception):
    """The body is not what its Content-Encoding says."""


class Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...


class Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data


class Zlib:
    """gzip and deflate (RFC 9110, 8.4.1); deflate also as the bare stream that some servers send.

    By zlib-ng, which takes half the time of zlib.
    """

    def __init__(self, name: str) -> None:
        from zlib_ng import zlib_ng

        self.name = name
        self.zlib: Any = zlib_ng
        self.engine = zlib_ng.decompressobj(zlib_ng.MAX_WBITS | 32 if name == "gzip" else zlib_ng.MAX_WBITS)
        self.started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            try:
                piece = self.engine.decompress(data, PIECE)
            except self.zlib.error as error:
                if self.started or self.name != "deflate":
                    raise BadEncodingError(f"its {self.name} is damaged ({error})") from None
                self.engine, self.started = self.zlib.decompressobj(-self.zlib.MAX_WBITS), True
                continue
            self.started = True
            data = self.engine.unconsumed_tail
            if piece:
                yield piece
            if self.engine.eof:
                return


class Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        import brotli

        self.engine: Any = brotli.Decompressor()
        self.error = brotli.error

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = self.engine.process(data, output_buffer_limit=PIECE)
            except self.error as error:
                raise BadEncodingError(f"its br is damaged ({error})") from None
            data = b""
            if piece:
                yield piece
            if self.engine.is_finished() or self.engine.can_accept_more_data():
                return


class Zstandard:
    """zstd (RFC 8878): input is given in small pieces, and the window is bounded as the RFC for HTTP (9659) says."""

    def __init__(self) -> None:
        import zstandard

        self.engine: Any = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024).decompressobj(write_size=PIECE)
        self.error = zstandard.ZstdError

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), 128):
            try:
                piece = self.engine.decompress(data[start : start + 128])
            except self.error as error:
                raise BadEncodingError(f"its zstd is damaged ({error})") from None
            if piece:
                yield piece


def decoder(name: str) -> Decoder:
    """The decoder of one content coding. Raises BadEncodingError for a coding nobody asked for."""
    if name in ("", "identity"):
        return Identity()
    if name in ("gzip", "x-gzip"):
        return Zlib("gzip")
    if name == "deflate":
        return Zlib("deflate")
    if name == "br":
        return Brotli()
    if name == "zstd":
        return Zstandard()
    raise BadEncodingError(f"it is encoded as {name!r}, which was not asked for")


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
        for engine in self.decoders:
            if isinstance(engine, Zlib) and engine.started and not engine.engine.eof:
                raise BadEncodingError("it was cut short")
        return b"".join(self.pieces)
