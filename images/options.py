"""What may be asked of the codecs, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["Effort", "Encoded", "Format", "Metadata", "Options", "OutputFormat", "Position", "Watermark"]

Format = Literal["webp", "avif", "jpg", "png"]
OutputFormat = Literal["webp", "avif", "jpg", "png", "original"]
Metadata = Literal["none", "copyright", "all"]
Effort = Literal["sync", "async"]
Position = Literal["TL", "TC", "TR", "ML", "MC", "MR", "BL", "BC", "BR"]


@dataclass(frozen=True)
class Watermark:
    """A PNG laid over every frame: its bytes, and where and how it lies.

    `scale` is its width in percent of the picture's, 5 to 50; it never gets taller than the picture. `opacity`
    is 0 (invisible) to 100 percent of its own. `position` names one of nine places, top left to bottom right;
    in the outer ones it touches the edge. Raises ValueError when a number or place is out of range.
    """

    data: bytes
    scale: int = 20
    opacity: int = 100
    position: Position = "BR"

    def __post_init__(self) -> None:
        if not 5 <= self.scale <= 50:
            raise ValueError("scale must be from 5 to 50")
        if not 0 <= self.opacity <= 100:
            raise ValueError("opacity must be from 0 to 100")
        if self.position not in get_args(Position):
            raise ValueError("position must be one of the nine places")


@dataclass(frozen=True)
class Options:
    """How a picture is to be encoded.

    format: "original" is the input's own format (webp for a gif, jpg for a tiff or heic).
    candidates: when given, the picture is written in each of these and the smallest is kept; `format` is then
    ignored. Formats that cannot hold the picture are passed over, and an animation goes to webp if that is
    among them.
    quality: 1 to 100 on the WebP scale. It means nothing for png, unless `lossy` quantises it to a palette.
    max_width, max_height: pixels of the upright picture, at least 1; both together mean "fit inside both", and
    a smaller picture is never enlarged.
    keep_smallest: never answer with more bytes than the input has, as far as the answer is in its format.
    target_ssim: above 0.5 and below 1; the lowest quality from 40 to 100 whose luma is that similar to the
    picture's. target_bytes: at least 1; the best quality from 40 to 100 that needs no more. Either replaces
    `quality`, and at most one may be given.
    metadata: none keeps nothing, copyright the names of artist and owner, all also the rest and the profile.
    effort: "async" spends more processor time on fewer bytes.

    Raises ValueError when something is out of range.
    """

    format: OutputFormat
    candidates: tuple[Format, ...] = ()
    quality: int = 82
    max_width: int | None = None
    max_height: int | None = None
    keep_smallest: bool = True
    lossy: bool = False
    target_ssim: float | None = None
    target_bytes: int | None = None
    metadata: Metadata = "none"
    effort: Effort = "sync"
    watermark: Watermark | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise ValueError("quality must be from 1 to 100")
        if any(side is not None and side < 1 for side in (self.max_width, self.max_height)):
            raise ValueError("max_width and max_height must be at least 1 pixel")
        if self.target_ssim is not None and not 0.5 < self.target_ssim < 1:
            raise ValueError("target_ssim must be above 0.5 and below 1")
        if self.target_bytes is not None and self.target_bytes < 1:
            raise ValueError("target_bytes must be at least 1")
        if self.target_ssim is not None and self.target_bytes is not None:
            raise ValueError("only one target must be given")


@dataclass(frozen=True)
class Encoded:
    """An encoded picture: `width` and `height` are pixels of one frame as shown, after orientation.

    already_optimal: `data` is the input itself, byte for byte, because nothing smaller was found. Then it holds
    no more metadata than was asked for: with "none" at most an orientation and a colour profile other than
    sRGB, without which it would look wrong.
    quality: the one that was used; 100 for a png that is not lossy. Of an input that was kept or only packed
    anew, it is the one that was asked for.
    frames: 1 for a still. meets_target: False when no quality reaches the target that was asked for.
    """

    data: bytes
    format: Format
    width: int
    height: int
    already_optimal: bool
    quality: int = 82
    frames: int = 1
    meets_target: bool = True
