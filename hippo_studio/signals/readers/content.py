"""What the first bytes of a file say about its format."""

from __future__ import annotations

import codecs
import re

MPEG_RATES = (44100, 48000, 32000, 0)
MPEG_KBPS_V1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
MPEG_KBPS_V2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)

# Formats that people try and that deserve to be called by their name when they are refused.
UNSUPPORTED: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x80\x04\x95", "a Python pickle (which could run code when opened)"),
    (0, b"\x80\x05\x95", "a Python pickle (which could run code when opened)"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ", "an xz archive"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (0, b"SQLite format 3", "an SQLite database"),
    (0, b"\x7fELF", "a program"),
    (0, b"\xd0\xcf\x11\xe0", "an old Office document"),
    (4, b"ftyp", "an MP4 or M4A file"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a Windows Media file"),
)
TEXT_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


_JSON = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[\[{])')
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg")


def known_but_unsupported(head: bytes) -> str | None:
    """What to call a file of a known format that no reader takes, or None."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:16].lower()
    if start.startswith(_MARKUP):
        return "a web page or another XML document (an error page, perhaps, in place of a download)"
    if _JSON.match(head.removeprefix(codecs.BOM_UTF8)):
        return "JSON text"
    for offset, magic, name in UNSUPPORTED:
        if head[offset : offset + len(magic)] == magic:
            return name
    if head[:4] == b"PK\x03\x04" and b".npy" not in head[:256]:
        return "a ZIP archive or an Office document"
    return None


def is_audio(head: bytes) -> bool:
    """WAV (RIFF, RIFX, RF64, W64), AIFF, FLAC, Ogg, AU or MPEG audio."""
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        return head[8:12] == b"WAVE" or len(head) < 12
    if head[:4] == b"FORM":
        return head[8:12] in (b"AIFF", b"AIFC") or len(head) < 12
    return (
        head[:4] in (b"fLaC", b"OggS", b".snd")
        or head[:16] == b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
        or is_mpeg(head)
    )


def is_mpeg(head: bytes) -> bool:
    """An ID3 tag, or a valid layer III frame header followed by another where its length says."""
    if head[:3] == b"ID3":
        return True
    length = mpeg_frame_length(head)
    return length > 0 and (len(head) < length + 4 or mpeg_frame_length(head[length:]) > 0)


def mpeg_frame_length(head: bytes) -> int:
    """Bytes of the MPEG layer II or III frame that starts here; 0 if none does (ISO 11172-3, 2.4.2.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3  # version 3: MPEG 1; layer 1: III, 2: II
    bitrate_index, rate = head[2] >> 4, MPEG_RATES[head[2] >> 2 & 3]
    if version == 1 or layer != 1 or bitrate_index in (0, 15) or rate == 0:
        return 0
    kbps = (MPEG_KBPS_V1 if version == 3 else MPEG_KBPS_V2)[bitrate_index]
    rate >>= {3: 0, 2: 1, 0: 2}[version]
    return (144 if version == 3 else 72) * kbps * 1000 // rate + (head[2] >> 1 & 1)


def is_numpy(head: bytes) -> bool:
    """NPY, or a ZIP archive whose first member is an NPY."""
    return head[:6] == b"\x93NUMPY" or (head[:4] == b"PK\x03\x04" and b".npy" in head[:256])


def is_matlab(head: bytes) -> bool:
    """MATLAB 5 to 7."""
    return head[:10] == b"MATLAB 5.0"


def is_hdf5(head: bytes) -> bool:
    """HDF5, at the beginning or behind a block of a user's own, as in MATLAB 7.3."""
    places = (0, 512, 1024, 2048)
    return head[:10] == b"MATLAB 7.3" or any(head[at : at + 8] == b"\x89HDF\r\n\x1a\n" for at in places)


def is_edf(head: bytes) -> bool:
    """EDF or BDF: the version, and the header's length where it belongs (or at least a date)."""
    if head[:8] == b"\xffBIOSEMI":
        return True
    return head[:8] == b"0       " and (
        re.match(rb"\d+ *$", head[184:192]) is not None
        or re.match(rb"\d\d[.]\d\d[.]\d\d", head[168:176]) is not None
    )


def is_parquet(head: bytes) -> bool:
    """Apache Parquet."""
    return head[:4] == b"PAR1"


def is_text(head: bytes) -> bool:
    """Text in UTF-8, UTF-16 or a one-byte encoding: no control characters but white space."""
    if head.startswith(TEXT_BOMS) or looks_like_utf16(head) is not None:
        return True
    head = head.replace(b"\0", b"")  # what a crash leaves in a log
    return bool(head) and not any(byte < 32 and byte not in b"\t\n\v\f\r\x1a" for byte in head)


def looks_like_utf16(head: bytes) -> str | None:
    """The byte order of UTF-16 text without a mark, told by where the zero bytes are; None if it is not."""
    sample = head[: len(head) // 2 * 2]
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None
