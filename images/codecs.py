"""One picture in, one smaller picture out: what is accepted, how it is shrunk, how each format is written.

This module is pure. Importing it loads no image library and runs no image operation, so a web process may
use its types freely; `encode` itself belongs inside the disposable children of `images.workers`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from images.encoders import MAX_SIDE, Format, save

if TYPE_CHECKING:
    import pyvips

__all__ = [
    "MAX_PIXELS",
    "CodecError",
    "CorruptImageError",
    "Encoded",
    "Format",
    "Options",
    "OutputFormat",
    "Position",
    "SourceType",
    "TimedOutError",
    "TooComplexError",
    "TooManyPixelsError",
    "UnsupportedFormatError",
    "Watermark",
    "WatermarkError",
    "encode",
    "sniff",
]

SourceType = Literal["jpeg", "png", "webp", "avif", "gif", "heic", "tiff"]
OutputFormat = Literal["webp", "avif", "jpg", "png", "original"]
Position = Literal["TL", "TC", "TR", "ML", "MC", "MR", "BL", "BC", "BR"]

MAX_PIXELS = 100_000_000
"""The largest picture that is decoded, in pixels (width times height of the first frame)."""

# Loaders are opened one by one: one that a future libvips brings along stays shut until it is named here.
_LOADERS: dict[SourceType, str] = {
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "webp": "webpload_buffer",
    "avif": "heifload_buffer",
    "gif": "gifload_buffer",
    "heic": "heifload_buffer",
    "tiff": "tiffload_buffer",
}
_OPEN_LOADER_CLASSES = ("Jpeg", "Png", "Webp", "Nsgif", "Heif", "Tiff")
_OWN_FORMAT: dict[SourceType, Format] = {"jpeg": "jpg", "png": "png", "webp": "webp", "avif": "avif"}

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

# libheif hides the AV1 encoder's want of memory behind "Encoder plugin"; the others say "memory" in some form.
_OUT_OF_MEMORY = ("memory", "Memory", "Encoder plugin")
_NOT_BUILT_IN = ("not been built in", 'class "')

# A side without a limit; libvips itself accepts no larger coordinate.
_NO_LIMIT = 10_000_000


class CodecError(Exception):
    """A picture was refused; `code` is stable and machine-readable, `sentence` is for people."""

    code: ClassVar[str] = "codec_error"
    default_sentence: ClassVar[str] = "The image could not be processed."

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or self.default_sentence
        super().__init__(self.sentence)


class CorruptImageError(CodecError):
    """The bytes are truncated, fail their checksum, or cannot be decoded."""

    code = "corrupt_image"
    default_sentence = "The image is damaged or incomplete."


class UnsupportedFormatError(CodecError):
    """The bytes are no picture, or of a kind that is not accepted (SVG, PDF) or not built in."""

    code = "unsupported_format"
    default_sentence = "The file is not an image of a supported format."


class TooManyPixelsError(CodecError):
    """The picture has more pixels than are decoded, or a longer side than the asked format holds."""

    code = "too_many_pixels"
    default_sentence = "The image has more than 100 megapixels."


class TooComplexError(CodecError):
    """Encoding needed more memory or processor time than one picture may have, or crashed."""

    code = "too_complex"
    default_sentence = "The image needs more memory or processing than one image may use."


class TimedOutError(CodecError):
    """Encoding did not end within the time that one picture may take."""

    code = "timed_out"
    default_sentence = "The image took too long to process."


class WatermarkError(CodecError):
    """The watermark is no readable PNG."""

    code = "invalid_watermark"
    default_sentence = "The watermark is not a readable PNG."


@dataclass(frozen=True)
class Watermark:
    """A PNG to lay over the picture. scale: 5 to 50 percent of its width. opacity: 0 to 100 percent."""

    data: bytes
    scale: int = 20
    opacity: int = 100
    position: Position = "BR"


@dataclass(frozen=True)
class Options:
    """How a picture is to be encoded.

    `quality` is 1 to 100 on the WebP scale and means nothing for png, which stays lossless. `max_width` and
    `max_height` are pixels of the upright picture, at least 1; both together mean "fit inside both", and a
    smaller picture is never enlarged. Raises ValueError when a number is out of range.
    """

    format: OutputFormat
    quality: int = 82
    max_width: int | None = None
    max_height: int | None = None
    keep_smallest: bool = True
    candidates: tuple[Format, ...] = ()
    lossy: bool = False
    target_ssim: float | None = None
    target_bytes: int | None = None
    metadata: Literal["none", "copyright", "all"] = "none"
    effort: Literal["sync", "async"] = "sync"
    watermark: Watermark | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise ValueError("quality must be from 1 to 100")
        if any(side is not None and side < 1 for side in (self.max_width, self.max_height)):
            raise ValueError("max_width and max_height must be at least 1 pixel")


@dataclass(frozen=True)
class Encoded:
    """An encoded picture: `width` and `height` are pixels as shown, after orientation.

    When `already_optimal` is True, `data` is the input itself, byte for byte, its metadata included.
    """

    data: bytes
    format: Format
    width: int
    height: int
    already_optimal: bool
    quality: int
    frames: int = 1
    meets_target: bool = True


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
    # ISO/IEC 14496-12: size, "ftyp", major brand, minor version, then compatible brands up to the size. An
    # AVIF may call itself mif1 first, so every brand is read before HEIC is believed.
    box = data[: min(int.from_bytes(data[:4], "big"), 256)]
    brands = {box[8:12], *(box[start : start + 4] for start in range(16, len(box), 4))}
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else None


def encode(data: bytes, options: Options) -> Encoded:
    """Encode one picture: upright, in sRGB, without metadata, shrunk to the asked box.

    Of an animation the first frame is taken. A png keeps 16 bits a channel unless it is shrunk; every other
    result has 8. Raises UnsupportedFormatError, TooManyPixelsError (before any pixel is decoded),
    CorruptImageError, or TooComplexError when memory runs out. Hostile input can crash or stall the process:
    whatever must live on calls `images.workers.encode_isolated` instead.
    """
    source = sniff(data)
    if source is None:
        raise UnsupportedFormatError
    if options.candidates:
        rest = replace(options, candidates=())
        return min((encode(data, replace(rest, format=f)) for f in options.candidates), key=lambda e: len(e.data))
    import pyvips

    _restrict_loaders()
    format: Format = (  # noqa: A001
        _OWN_FORMAT.get(source, "webp" if source == "gif" else "jpg")
        if options.format == "original"
        else options.format
    )
    try:
        image = _open(data, source)
        image, was_resized = _shape(image, options)
        image = _to_srgb(image, keep_depth=format == "png" and not was_resized)
        _check_sides(image, format)
        encoded = save(image, format, options.quality)
    except pyvips.Error as error:
        raise _refusal(error) from error
    is_own_format = _OWN_FORMAT.get(source) == format
    already_optimal = options.keep_smallest and is_own_format and not was_resized and len(encoded) >= len(data)
    return Encoded(
        data=data if already_optimal else encoded,
        format=format,
        width=int(image.width),
        height=int(image.height),
        already_optimal=already_optimal,
        quality=100 if format == "png" else options.quality,
    )


def _restrict_loaders() -> None:
    import pyvips

    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in _OPEN_LOADER_CLASSES:
        pyvips.operation_block_set(f"VipsForeignLoad{name}", False)


def _open(data: bytes, source: SourceType) -> pyvips.Image:
    """Read the header only; pixels are decoded later, when the encoder pulls them."""
    import pyvips

    # fail_on must be given to the loader: thumbnail_buffer() lets truncated files and bad checksums through.
    load = getattr(pyvips.Image, _LOADERS[source])
    image = load(data, access="sequential", fail_on="warning")
    if image.width * image.height > MAX_PIXELS:
        raise TooManyPixelsError
    return image


def _shape(image: pyvips.Image, options: Options) -> tuple[pyvips.Image, bool]:
    """Shrink to the box and turn upright; the flag tells whether the size changed."""
    orientation = image.get("orientation") if image.get_typeof("orientation") else 1
    box = (options.max_width or _NO_LIMIT, options.max_height or _NO_LIMIT)
    if orientation >= 5:
        # The stored picture lies on its side, so the box for the upright one is laid on its side too.
        box = (box[1], box[0])
    must_resize = bool(image.width > box[0] or image.height > box[1])
    if must_resize:
        image = image.thumbnail_image(box[0], height=box[1], size="down", no_rotate=True)
    if orientation > 1:
        # Turning reads pixels out of order, which a sequential source cannot serve: hold them first.
        image = image.copy_memory().autorot()
    return image, must_resize


def _to_srgb(image: pyvips.Image, *, keep_depth: bool) -> pyvips.Image:
    """Convert to sRGB or grey with 8 bits a channel; 16 are kept when `keep_depth` is True."""
    is_deep = keep_depth and image.format == "ushort"
    is_cmyk = image.interpretation == "cmyk"
    if is_cmyk or image.get_typeof("icc-profile-data"):
        # The input profile stands in for one that is missing or broken.
        fallback = "cmyk" if is_cmyk else "srgb"
        depth = 16 if is_deep else 8
        image = image.icc_transform("srgb", embedded=True, input_profile=fallback, depth=depth)
    grey, colour = ("grey16", "rgb16") if is_deep else ("b-w", "srgb")
    space = grey if image.bands < 3 else colour
    if image.interpretation != space:
        image = image.colourspace(space)
    return image if is_deep else image.cast("uchar")


def _check_sides(image: pyvips.Image, format: Format) -> None:  # noqa: A002 - the word of the contract
    limit = MAX_SIDE.get(format)
    if limit is not None and max(image.width, image.height) > limit:
        raise TooManyPixelsError(f"A {format} image holds at most {limit} pixels on a side.")


def _refusal(error: Exception) -> CodecError:
    # libvips has no error codes; these fragments are what it and its libraries print.
    message = str(error)
    if any(fragment in message for fragment in _OUT_OF_MEMORY):
        return TooComplexError()
    if any(fragment in message for fragment in _NOT_BUILT_IN):
        return UnsupportedFormatError()
    return CorruptImageError()
