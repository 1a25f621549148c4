"""PNG files: what is beside the picture, and whether all of it is there.

zlib's stream may end before the last row; Pillow leaves the rest black and says so to nobody. The
chunks are those of the PNG specification (W3C, third edition, chapter 11)."""

import zlib
from collections.abc import Iterator

# Beyond this, what is no part of the picture itself is left out.
_LONGEST_NOTE = 2**16
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Interlaced (Adam7): first column, first row, step of columns, step of rows, for each pass.
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


def chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(name, first byte, byte after the last) of each chunk's data."""
    place = 8
    while place + 8 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        yield content[place + 4 : place + 8], place + 8, place + 8 + length
        place += 12 + length


def without_notes(content: bytes) -> bytes:
    """The file without its texts, profiles and whatever else a picture can be shown without."""
    kept = [content[:8]]
    for name, start, end in chunks(content):
        needed = name[:1].isupper() or name in (b"tRNS", b"eXIf")
        if needed and (name[:1].isupper() or end - start <= _LONGEST_NOTE):
            kept.append(content[start - 8 : end + 4])
    return b"".join(kept)


def is_whole(content: bytes) -> bool:
    """Whether the compressed stream holds as many bytes as the header promises."""
    header = content[16:29]
    expected = _raw_bytes(
        int.from_bytes(header[:4], "big"),
        int.from_bytes(header[4:8], "big"),
        header[8],
        header[9],
        header[12],
    )
    stream, found = zlib.decompressobj(), 0
    for name, start, end in chunks(content):
        if name != b"IDAT":
            continue
        rest = content[start:end]
        while rest and not stream.eof:
            try:
                found += len(stream.decompress(rest, 2**20))
            except zlib.error:
                return False
            rest = stream.unconsumed_tail
    return found >= expected


def _raw_bytes(width, height, depth, colour, interlaced):
    """How many bytes the rows take, each with the byte that names its filter."""
    bits = depth * _CHANNELS.get(colour, 4)
    if not interlaced:
        return height * (1 + (width * bits + 7) // 8)
    total = 0
    for left, top, across, down in _PASSES:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total
