"""What a picture says about itself, and how much of that stays.

Importing this module loads no image library; its functions belong inside the children of `images.workers`.
"""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from images.options import Metadata

if TYPE_CHECKING:
    import pyvips

# The blocks that a policy may keep: the flag of libvips' writers, and the field that holds the block.
_EXIF, _XMP_BLOCK = ("exif", "exif-data"), ("xmp", "xmp-data")
_KEPT: dict[Metadata, tuple[tuple[str, str], ...]] = {
    "none": (),
    "copyright": (_EXIF, _XMP_BLOCK),
    "all": (_EXIF, _XMP_BLOCK, ("iptc", "iptc-data"), ("icc", "icc-profile-data")),
}
_ORIENTATION, _ARTIST, _COPYRIGHT = 0x0112, 0x013B, 0x8298
_LONGEST_SEGMENT = 65_533
_LONGEST_NOTICE = 2_000

# The only two elements that are read are plain text, so no XML parser needs to see a stranger's document.
_XMP_NOTICE = re.compile(rb"<dc:(creator|rights)\b[^<>]*>\s*<rdf:\w+>\s*<rdf:li\b[^<>]*>([^<]{1,2000})<")
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description rdf:about="">%s</rdf:Description></rdf:RDF>'
    '</x:xmpmeta><?xpacket end="r"?>'
)
# IPTC IIM 4.2: by-line and copyright notice, both in record 2.
_IPTC_CREATOR, _IPTC_RIGHTS = b"\x1c\x02\x50", b"\x1c\x02\x74"


@dataclass(frozen=True)
class Notice:
    """Who made a picture and who owns it, as UTF-8 or whatever the file has; empty when it does not say."""

    artist: bytes = b""
    rights: bytes = b""


def notice_of(image: pyvips.Image) -> Notice:
    """Read the two names from EXIF, or else from XMP, or else from IPTC."""
    exif, xmp, iptc = _exif_notice(image), _xmp_notice(image), _iptc_notice(image)
    return Notice(
        artist=(exif.artist or xmp.artist or iptc.artist)[:_LONGEST_NOTICE],
        rights=(exif.rights or xmp.rights or iptc.rights)[:_LONGEST_NOTICE],
    )


def blob_of(image: pyvips.Image, name: str) -> bytes:
    """Return a block of metadata, or nothing when the picture has none of that name."""
    return bytes(image.get(name)) if image.get_typeof(name) else b""


def _exif_notice(image: pyvips.Image) -> Notice:
    block = blob_of(image, "exif-data")
    if not block:
        return Notice()
    from PIL import Image

    exif = Image.Exif()
    try:
        exif.load(block)
        found = [exif.get(tag, "") for tag in (_ARTIST, _COPYRIGHT)]
    except (ValueError, KeyError, TypeError, SyntaxError, OSError, struct.error):
        return Notice()
    # Pillow reads every byte as one character, so that this gives the file's own bytes back.
    return Notice(*(text.encode("latin-1", "ignore") if isinstance(text, str) else b"" for text in found))


def _xmp_notice(image: pyvips.Image) -> Notice:
    found = dict(_XMP_NOTICE.findall(blob_of(image, "xmp-data")))
    texts = (html.unescape(found.get(name, b"").decode("utf-8", "ignore")) for name in (b"creator", b"rights"))
    return Notice(*(text.encode() for text in texts))


def _iptc_notice(image: pyvips.Image) -> Notice:
    data = blob_of(image, "iptc-data")
    found = []
    for marker in (_IPTC_CREATOR, _IPTC_RIGHTS):
        _, _, rest = data.partition(marker)
        found.append(rest[2 : 2 + int.from_bytes(rest[:2], "big")])
    return Notice(*found)


def exif_block(notice: Notice, orientation: int = 1) -> bytes:
    """Write an EXIF block of nothing but these; empty when there is nothing to say."""
    if orientation == 1 and notice == Notice():
        return b""
    from PIL import Image

    exif = Image.Exif()
    if orientation > 1:
        exif[_ORIENTATION] = orientation
    if notice.artist:
        exif[_ARTIST] = notice.artist
    if notice.rights:
        exif[_COPYRIGHT] = notice.rights
    return exif.tobytes()


def xmp_block(notice: Notice) -> bytes:
    """Write an XMP packet of nothing but the two names; empty when there is nothing to say."""
    elements = (("creator", "Seq", notice.artist), ("rights", "Alt", notice.rights))
    written = "".join(
        f'<dc:{name}><rdf:{kind}><rdf:li xml:lang="x-default">{html.escape(text.decode("utf-8", "replace"))}'
        f"</rdf:li></rdf:{kind}></dc:{name}>"
        for name, kind, text in elements
        if text
    )
    return (_XMP % written).encode() if written else b""


def kept_blocks(image: pyvips.Image, policy: Metadata) -> str:
    """Return what a writer of libvips is told to keep; told to keep EXIF, it invents some where there is none."""
    return "|".join(flag for flag, name in _KEPT[policy] if image.get_typeof(name)) or "none"


def reduced_to(image: pyvips.Image, policy: Metadata) -> pyvips.Image:
    """Return the picture with no more than the two names, if that is the policy; see also `kept_blocks`."""
    if policy != "copyright":
        return image
    notice = notice_of(image)
    image = attach_exif(image, exif_block(notice))
    _remove(image, "xmp-data")
    import pyvips

    if packet := xmp_block(notice):
        image.set_type(pyvips.GValue.blob_type, "xmp-data", packet)
    return image


def attach_blocks(image: pyvips.Image, info: Mapping[Any, Any]) -> pyvips.Image:
    """Attach the profile, XMP and EXIF that another decoder has found, by Pillow's names for them."""
    import pyvips

    for name, key in (("icc-profile-data", "icc_profile"), ("xmp-data", "xmp")):
        if info.get(key):
            image.set_type(pyvips.GValue.blob_type, name, info[key])
    return attach_exif(image, info["exif"]) if info.get("exif") else image


def attach_exif(image: pyvips.Image, block: bytes) -> pyvips.Image:
    """Replace a picture's EXIF by a block that starts with "Exif", or by none when it is empty or too long.

    The picture is taken to be upright, whatever the block says.
    """
    import pyvips

    image = image.copy()
    _remove(image, *(name for name in image.get_fields() if name.startswith("exif-")))
    if not block or len(block) > _LONGEST_SEGMENT:
        return image
    # The writers drop every entry of the block that is not a field of the picture, too; only a loader makes
    # fields of entries, so the block takes a ride on the smallest JPEG.
    carrier = bytes(pyvips.Image.black(1, 1).jpegsave_buffer(keep="none"))
    segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    loaded = pyvips.Image.jpegload_buffer(carrier[:2] + segment + carrier[2:])
    for name in loaded.get_fields():
        if name.startswith("exif-") and name != "exif-ifd0-Orientation":
            image.set_type(loaded.get_typeof(name), name, loaded.get(name))
    # Setting the block has set this, too.
    _remove(image, "orientation")
    return image


def _remove(image: pyvips.Image, *names: str) -> None:
    for name in names:
        image.remove(name)
