"""Why a picture is refused: one class each, with a stable code and a sentence."""

from __future__ import annotations

from typing import ClassVar


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
    """More pixels over all frames than are decoded, or a longer side than the asked format holds."""

    code = "too_many_pixels"
    default_sentence = "The image has more than 100 megapixels."


class TooManyFramesError(TooManyPixelsError):
    """The animation has more frames than are decoded; the code is that of too many pixels."""

    default_sentence = "The animation has more than 300 frames."


class TooComplexError(CodecError):
    """Encoding needed more memory or processor time than one picture may have, or crashed."""

    code = "too_complex"
    default_sentence = "The image needs more memory or processing than one image may use."


class TimedOutError(CodecError):
    """Encoding did not end within the time that one picture may take."""

    code = "timed_out"
    default_sentence = "The image took too long to process."


class WatermarkError(CodecError):
    """The watermark is no PNG, is damaged, or has more pixels than a watermark may."""

    code = "invalid_watermark"
    default_sentence = "The watermark is not a readable PNG image."


# libheif hides the AV1 encoder's want of memory behind "Encoder plugin"; the others say "memory" in some form.
_OUT_OF_MEMORY = ("memory", "Memory", "Encoder plugin")
_NOT_BUILT_IN = ("not been built in", 'class "')


def refusal_of(complaint: str) -> CodecError:
    """Translate what libvips and its libraries print, since they have no codes that could be asked for."""
    # A TIFF that was cut off makes its decoder ask for nothing at all, and not get it.
    if any(fragment in complaint for fragment in _OUT_OF_MEMORY) and "(0 elements" not in complaint:
        return TooComplexError()
    if any(fragment in complaint for fragment in _NOT_BUILT_IN):
        return UnsupportedFormatError()
    return CorruptImageError()
