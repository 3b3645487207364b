"""A body comes out of its coding whole, whatever it is, and in whatever pieces it arrives."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.fetch.decoders import BadEncodingError, decoder
from tests.samples import examples


def bare_deflate(body: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return engine.compress(body) + engine.flush()


CODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip of two members": ("gzip", lambda body: gzip.compress(body[:70_000]) + gzip.compress(body[70_000:])),
    "deflate": ("deflate", zlib.compress),
    "deflate without its head": ("deflate", bare_deflate),
    "br": ("br", lambda body: brotli.compress(body, quality=3)),
    "zstd": ("zstd", zstandard.compress),
    "zstd of two frames": ("zstd", lambda body: zstandard.compress(body[:70_000]) + zstandard.compress(body[70_000:])),
}
BODIES = st.one_of(
    st.builds(lambda unit, times: unit * times, st.binary(min_size=1, max_size=40), st.integers(0, 9_000)),
    st.sampled_from([65_535, 65_536, 65_537, 65_636, 131_072, 131_073]).map(bytes),
    st.builds(lambda seed, size: random.Random(seed).randbytes(size), st.integers(0, 9), st.integers(0, 150_000)),
)


def unpacked(coding: str, packed: bytes, step: int) -> tuple[bytes, bool]:
    """What comes out of `packed` when it arrives `step` bytes at a time, and whether that is all."""
    engine = decoder(coding)
    pieces = [piece for start in range(0, len(packed), step) for piece in engine.feed(packed[start : start + step])]
    assert max(map(len, pieces), default=0) <= 5_000_000
    return b"".join(pieces), engine.is_whole()


@pytest.mark.parametrize("case", CODINGS)
@settings(deadline=None, max_examples=examples(40))
@given(body=BODIES, step=st.sampled_from([1, 2, 3, 100, 128, 1_000, 65_536]))
def test_what_was_packed_comes_out(case: str, body: bytes, step: int) -> None:
    coding, pack = CODINGS[case]
    packed = pack(body)
    assert unpacked(coding, packed, step if len(packed) < 5_000 else max(step, 1_000)) == (body, True)


@pytest.mark.parametrize("case", CODINGS)
@settings(deadline=None, max_examples=examples(20))
@given(body=BODIES.filter(len), kept=st.floats(0, 1, exclude_max=True))
def test_what_was_cut_short_is_not_taken_for_the_whole(case: str, body: bytes, kept: float) -> None:
    coding, pack = CODINGS[case]
    packed = pack(body)
    part = packed[: max(3, int(len(packed) * kept))]
    try:
        found, whole = unpacked(coding, part, 1_000)
    except BadEncodingError:
        return
    assert not whole or found in (body, body[:70_000]), "but for a cut between two parts, which nobody can see"
