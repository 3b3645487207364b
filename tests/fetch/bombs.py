"""Small bodies that unpack beyond measure, whole and by their standards; made in no time, of pieces that are alike."""

from __future__ import annotations

import struct
import zlib

import brotli
import zstandard

MEGABYTE = bytes(1_000_000)


def bomb(coding: str, megabytes: int) -> bytes:
    """So many megabytes of nothing, about a thousandth of it in gzip, and far less in br and zstd."""
    if coding == "gzip":
        engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        piece, checksum = engine.compress(MEGABYTE) + engine.flush(zlib.Z_FULL_FLUSH), 0
        for _ in range(megabytes):
            checksum = zlib.crc32(MEGABYTE, checksum)
        end = engine.flush() + struct.pack("<II", checksum, megabytes * len(MEGABYTE) % 2**32)
        return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + piece * megabytes + end
    if coding == "br":
        packer = brotli.Compressor(quality=1)
        return b"".join(packer.process(MEGABYTE) for _ in range(megabytes)) + bytes(packer.finish())
    squeezer = zstandard.ZstdCompressor(level=1).compressobj()
    first, piece = (squeezer.compress(MEGABYTE) + squeezer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for _ in range(2))
    return first + piece * (megabytes - 1) + squeezer.flush()
