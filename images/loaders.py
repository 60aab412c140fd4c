"""Which bytes are read as pictures: types told from the first bytes, an allow-list of loaders, limits on size.

Importing this module loads no image library; its functions belong inside the children of `images.workers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from images.heic import open_heic
from images.refusals import CorruptImageError, TooManyFramesError, TooManyPixelsError
from images.sequences import open_sequence

if TYPE_CHECKING:
    import pyvips

SourceType = Literal["jpeg", "png", "webp", "avif", "gif", "heic", "tiff"]

MAX_PIXELS = 100_000_000
"""The largest picture that is decoded, in pixels: width times height, times the frames of an animation."""

MAX_FRAMES = 300
"""The longest animation that is decoded."""

# Loaders are opened one by one: one that a future libvips brings along stays shut until it is named here.
_LOADERS: dict[SourceType, str] = {
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "webp": "webpload_buffer",
    "avif": "heifload_buffer",
    "gif": "gifload_buffer",
    "tiff": "tiffload_buffer",
}
_OPEN_LOADER_CLASSES = ("Jpeg", "Png", "Webp", "Nsgif", "Heif", "Tiff")
# pyvips looks an operation up, and writes its documentation, when it is first called.
_WARM_OPERATIONS = (
    "webpsave_buffer",
    "jpegsave_buffer",
    "pngsave_buffer",
    "heifsave_buffer",
    "thumbnail_image",
    "cast",
)
_ANIMATED: tuple[SourceType, ...] = ("gif", "webp")

_PNG_END = b"IEND\xaeB`\x82"
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def sniff(data: bytes) -> SourceType | None:
    """Tell a picture's type from its first bytes, or None when no accepted type fits (text, SVG, PDF, …)."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith((b"II*\x00", b"MM\x00*")):
        return "tiff"
    if data[4:8] == b"ftyp":
        return _sniff_brands(data)
    return None


def _sniff_brands(data: bytes) -> SourceType | None:
    # An AVIF may call itself mif1 first, so every brand is read before HEIC is believed.
    brands = _brands(data)
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else None


def _brands(data: bytes) -> set[bytes]:
    # ISO/IEC 14496-12: size, "ftyp", major brand, minor version, then compatible brands up to the size.
    box = data[: min(int.from_bytes(data[:4], "big"), 256)]
    return {box[8:12], *(box[start : start + 4] for start in range(16, len(box), 4))}


def restrict_loaders() -> None:
    """Shut every loader of libvips in this process, then open those that are used here."""
    import pyvips

    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in _OPEN_LOADER_CLASSES:
        pyvips.operation_block_set(f"VipsForeignLoad{name}", False)


def warm_up() -> None:
    """Spare the children of this process what each would do again: imports, the allow-list, looking operations up.

    No image operation runs, so that forking stays safe.
    """
    import mozjpeg_lossless_optimization  # noqa: F401
    import oxipng  # noqa: F401
    import pi_heif  # noqa: F401
    import PIL.AvifImagePlugin
    import PIL.ImageOps
    import PIL.TiffImagePlugin  # noqa: F401
    import pyjpegli  # noqa: F401
    import pyvips

    restrict_loaders()
    for name in (*_LOADERS.values(), *_WARM_OPERATIONS):
        pyvips.Operation.generate_docstring(name)


def open_picture(data: bytes, source: SourceType, *, all_frames: bool = False, shrink: int = 1) -> pyvips.Image:
    """Read the header only; pixels are decoded later, when the encoder pulls them.

    With `all_frames` the frames of an animation lie below one another; otherwise the first is read. `shrink` (1,
    2, 4 or 8) lets the JPEG decoder skip what a reduced picture would throw away; other decoders ignore it.

    Raises TooManyPixelsError or TooManyFramesError, judged from the header alone, CorruptImageError for a file
    that was cut off, and pyvips.Error.
    """
    import pyvips

    if source == "png" and _PNG_END not in data:
        # Its decoder is content once it has every row.
        raise CorruptImageError
    if source == "heic":
        return open_heic(data)
    if source == "avif" and all_frames and b"avis" in _brands(data):
        sequence = open_sequence(data)
        if sequence is not None:
            return sequence
    # fail_on must be given to the loader: thumbnail_buffer() lets truncated files and bad checksums through.
    load = getattr(pyvips.Image, _LOADERS[source])
    more = {"shrink": shrink} if source == "jpeg" else {}
    image = load(data, access="sequential", fail_on="warning", **more)
    frames = frame_count(image) if source in _ANIMATED else 1
    check_size(image.width, image.height, frames)
    if frames > 1 and all_frames:
        return load(data, n=-1, access="sequential", fail_on="warning")
    return image


def decoded(data: bytes) -> pyvips.Image:
    """Read a result back into memory, all frames of it. Raises ValueError for what is none, and pyvips.Error."""
    source = sniff(data)
    if source is None:
        raise ValueError("this is no result of an encoder")
    return open_picture(data, source, all_frames=True).copy_memory()


def is_readable(data: bytes) -> bool:
    """Tell whether a result can be decoded to its end."""
    import pyvips

    try:
        decoded(data)
    except pyvips.Error:
        return False
    return True


def check_size(width: int, height: int, frames: int = 1) -> None:
    """Refuse what is too large to be decoded: raises TooManyPixelsError or TooManyFramesError."""
    if frames > MAX_FRAMES:
        raise TooManyFramesError
    if width * height * frames > MAX_PIXELS:
        raise TooManyPixelsError(
            "The animation has more than 100 megapixels over all its frames." if frames > 1 else None
        )


def frame_count(image: pyvips.Image) -> int:
    """Return how many frames the file has, whether or not all of them were read."""
    return int(image.get("n-pages")) if image.get_typeof("n-pages") else 1
