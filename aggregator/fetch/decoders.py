"""Content codings, a piece at a time: no step brings more than a few megabytes, whatever goes in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

PIECE = 65_536
MOST_PARTS = 10_000
"""Parts, each packed by itself, that one body may be made of: to begin one costs far more than to send it."""
GZIP = (b"\x1f\x8b",)
ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + number]) + b"\x2a\x4d\x18" for number in range(16)))
"""How a part begins; those of the second kind hold nothing to read (RFC 8878, 3.1.2)."""
NOT_ASKED_FOR = ("aes128gcm", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip")
"""The other codings that IANA knows of."""


class BadEncodingError(Exception):
    """The body is not what its Content-Encoding says."""


class Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def is_whole(self) -> bool:
        """Whether what came ends where it says that it ends."""
        ...


class Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def is_whole(self) -> bool:
        return True


class Parts:
    """What follows a part: one more, or bytes of no use, which some servers leave there."""

    def __init__(self, beginnings: tuple[bytes, ...]) -> None:
        self.beginnings = beginnings
        self.seen = 1
        self.over = False

    def begins(self, data: bytes) -> bool | None:
        """Whether `data` begins one more; None when too little of it is there to say. Raises BadEncodingError."""
        if data.startswith(self.beginnings):
            self.seen += 1
            if self.seen > MOST_PARTS:
                raise BadEncodingError(f"it is packed in more than {MOST_PARTS} parts")
            return True
        if any(beginning.startswith(data) for beginning in self.beginnings):
            return None
        self.over = True
        return False


class Zlib:
    """gzip (RFC 1952), also of several members, and deflate, also as the bare stream that some servers send.

    By zlib-ng, which takes half the time of zlib.
    """

    def __init__(self, name: str) -> None:
        from zlib_ng import zlib_ng

        self.name = name
        self.zlib: Any = zlib_ng
        self.bits = zlib_ng.MAX_WBITS | 32 if name == "gzip" else zlib_ng.MAX_WBITS
        self.engine = zlib_ng.decompressobj(self.bits)
        self.started = False
        self.parts = Parts(GZIP if name == "gzip" else ())
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self.rest = self.rest + data, b""
        if not self.started and len(data) < 2:  # too little to tell whether its head is missing
            self.rest = data
            return
        more = False
        while (data or more) and not self.parts.over:
            if self.engine.eof:
                if not (begins := self.parts.begins(data)):
                    self.rest = data if begins is None else b""
                    return
                self.engine = self.zlib.decompressobj(self.bits)
            try:
                piece = self.engine.decompress(data, PIECE)
            except self.zlib.error as error:
                if self.started or self.name != "deflate":
                    raise BadEncodingError(f"its {self.name} is damaged ({error})") from None
                self.engine, self.started = self.zlib.decompressobj(-self.zlib.MAX_WBITS), True
                continue
            self.started = True
            data = self.engine.unused_data if self.engine.eof else self.engine.unconsumed_tail
            more = len(piece) == PIECE and not self.engine.eof  # though all that came in may be used up
            if piece:
                yield piece

    def is_whole(self) -> bool:
        return bool(not self.started or self.engine.eof)


class Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        import brotli

        self.engine: Any = brotli.Decompressor()
        self.error = brotli.error
        self.started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self.started = self.started or bool(data)
        while True:
            try:
                piece = self.engine.process(data, output_buffer_limit=PIECE)
            except self.error as error:
                raise BadEncodingError(f"its br is damaged ({error})") from None
            data = b""
            if piece:
                yield piece
            else:  # not before: there may be more to come out when it says that it can accept more
                return

    def is_whole(self) -> bool:
        return bool(not self.started or self.engine.is_finished())


class Zstandard:
    """zstd (RFC 8878), also of several frames: input is given in small pieces, and the window is bounded as the RFC for
    HTTP (9659) says."""

    def __init__(self) -> None:
        import zstandard

        self.zstd: Any = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024)
        self.engine: Any = self.zstd.decompressobj(write_size=PIECE)
        self.error = zstandard.ZstdError
        self.started = False
        self.parts = Parts(ZSTD)
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self.rest = self.rest + data, b""
        start = 0
        while start < len(data) and not self.parts.over:
            if self.engine.eof:
                if not (begins := self.parts.begins(data[start : start + 4])):
                    self.rest = data[start:] if begins is None else b""
                    return
                self.engine = self.zstd.decompressobj(write_size=PIECE)
            taken = data[start : start + 128]
            try:
                piece = self.engine.decompress(taken)
            except self.error as error:
                raise BadEncodingError(f"its zstd is damaged ({error})") from None
            self.started = True
            start += len(taken) - len(self.engine.unused_data)
            if piece:
                yield piece

    def is_whole(self) -> bool:
        return bool(not self.started or self.engine.eof)


def decoder(name: str) -> Decoder:
    """The decoder of one content coding. Raises BadEncodingError for a coding nobody asked for.

    What is no coding at all, such as aws-chunked, none or utf-8, means nothing: browsers read the body as it is
    (https://github.com/FreshRSS/FreshRSS/issues/8374).
    """
    if name in ("gzip", "x-gzip"):
        return Zlib("gzip")
    if name == "deflate":
        return Zlib("deflate")
    if name == "br":
        return Brotli()
    if name == "zstd":
        return Zstandard()
    if name in NOT_ASKED_FOR:
        raise BadEncodingError(f"it is encoded as {name!r}, which was not asked for")
    return Identity()
