"""JPEG files: whether all of a picture is there.

libjpeg, which Pillow uses, fills what is missing with gray and says so to nobody. What is missing
is found here by the markers of the file (ITU-T T.81, annex B).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

START, SCAN, END = 0xD8, 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
# In a scan, FF is followed by 00 (a data byte), D0 to D7 (restart) or FF (filling); else it begins
# the next marker.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# What stands in for missing data when a picture is tried: bytes of many patterns, none of them FF.
_FILLER = bytes((37 * number + 11) % 255 for number in range(512))
# A progressive picture has about ten scans. Thousands in a small file take minutes to decode.
_MOST_SCANS = 200


class Segment(NamedTuple):
    """One marker with its content at content[start:end]; of a scan, that is its header alone."""

    marker: int
    start: int
    end: int


def segments(content: bytes) -> Iterator[Segment]:
    """The segments of the first picture in a JPEG file, up to its end marker if it has one."""
    place = 2
    while (found := _NEXT_MARKER.search(content, place)) is not None:
        marker, start = content[found.start() + 1], found.end()
        if marker == END:
            yield Segment(END, found.start(), found.end())
            return
        length = int.from_bytes(content[start : start + 2], "big")
        yield Segment(marker, start + 2, start + length)
        place = start + max(length, 2)


def is_buffered(content: bytes) -> bool:
    """True where libjpeg keeps the whole picture in memory, whatever size it is decoded at."""
    parts = None
    for marker, start, _ in segments(content):
        if marker in _FRAMES:
            parts = content[start + 5 : start + 6]
            if marker in _PROGRESSIVE:
                return True
        elif marker == SCAN:
            return content[start : start + 1] != parts
    return False


def lacks_scans(content: bytes) -> bool:
    """True where a picture of several scans ends before its last one, or has absurdly many.

    The first component, the brightness, has to be there to its last bit, the others in part. That
    the last scan itself is whole is not asked: it makes a picture sharper that is there already."""
    seen: dict[int, set[int]] = defaultdict(set)
    parts, scans, first = 1, 0, 0
    for marker, start, _ in segments(content):
        if marker in _FRAMES:
            parts = content[start + 5]
        elif marker == SCAN:
            if len(content) < start + 10:
                return True
            scans += 1
            for part in _scan_parts(content, start):
                seen[part] |= _final_coefficients(content, start)
            first = content[start + 1] if scans == 1 else first
    if scans > _MOST_SCANS:
        return True
    return scans > 0 and (len(seen) < parts or len(seen[first]) < 64)


def _scan_parts(content, start):
    return content[start + 1 : start + 1 + 2 * content[start] : 2]


def _final_coefficients(content, start):
    """The coefficients that a scan brings to their last bit."""
    first, last, bits = content[start + 1 + 2 * content[start] :][:3]
    return set(range(first, last + 1)) if bits & 15 == 0 else set()


def without_notes(content: bytes) -> bytes:
    """The file without what cameras and programs write beside the picture and its colours."""
    kept = [content[:2]]
    for marker, start, end in segments(content):
        if marker == SCAN:
            kept.append(content[start - 4 :])
            break
        if marker == 0xEE or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(content[start - 4 : end])
    return b"".join(kept)


def with_end(content: bytes) -> bytes:
    """The file with an end marker, where it has none."""
    if any(segment.marker == END for segment in segments(content)):
        return content
    return content.removesuffix(b"\xff") + bytes((0xFF, END))


def is_whole(content: bytes, decode: Callable[[bytes], bytes]) -> bool:
    """Whether a decoder needs no more data than the last scan has.

    decode: from a file's content to the pixels. The picture is decoded with more data before its
    end marker: a whole one stays the same, a cut one continues with them in place of gray."""
    ends = [segment.start for segment in segments(content) if segment.marker == END]
    if not ends:
        return False
    longer = content[: ends[0]] + _FILLER + content[ends[0] :]
    return decode(longer) == decode(content)
