"""What the tests do with libvips; it runs in the process of `images.tests.studio` only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def convert(png: bytes, kind: str) -> bytes:
    """Turn a PNG into another kind of file."""
    import pyvips

    return bytes(_WRITERS[kind](pyvips.Image.new_from_buffer(png, "")))


def _in_inks(image: Any) -> Any:
    return image.icc_transform("cmyk", input_profile="srgb")


_WRITERS: dict[str, Callable[[Any], Any]] = {
    "gif": lambda image: image.gifsave_buffer(),
    "animated-gif": lambda image: _animation(image).gifsave_buffer(),
    "animated-webp": lambda image: _animation(image).webpsave_buffer(Q=90),
    "animated-avif": lambda image: _avif_sequence(_animation(image), image.height),
    "tiff": lambda image: image.tiffsave_buffer(),
    "lab-tiff": lambda image: image.colourspace("lab").tiffsave_buffer(),
    "jpeg": lambda image: image.jpegsave_buffer(Q=100),
    "progressive-jpeg": lambda image: image.jpegsave_buffer(Q=82, interlace=True, keep="none"),
    "poor-jpeg": lambda image: image.jpegsave_buffer(Q=30, optimize_coding=False, keep="none"),
    "webp": lambda image: image.webpsave_buffer(Q=100),
    "poor-webp": lambda image: image.webpsave_buffer(Q=20, effort=6),
    "avif": lambda image: image.heifsave_buffer(compression="av1", Q=90, effort=0),
    "poor-avif": lambda image: image.heifsave_buffer(compression="av1", Q=20, effort=4),
    "p3-jpeg": lambda image: image.icc_transform("p3", input_profile="srgb").jpegsave_buffer(Q=100),
    "poor-p3-jpeg": lambda image: image.icc_transform("p3", input_profile="srgb").jpegsave_buffer(Q=30),
    "p3-png": lambda image: image.icc_transform("p3", input_profile="srgb").pngsave_buffer(),
    "srgb-jpeg": lambda image: image.icc_transform("srgb", input_profile="srgb").jpegsave_buffer(Q=100),
    "cmyk-jpeg": lambda image: _in_inks(image).jpegsave_buffer(Q=100),
    "bare-cmyk-jpeg": lambda image: _in_inks(image).jpegsave_buffer(Q=100, keep="none"),
    "palette-png": lambda image: image.pngsave_buffer(palette=True),
}


DELAYS_MS, LOOPS = [100, 250, 40], 3


def _animation(image: Any) -> Any:
    import pyvips

    frame = image if image.hasalpha() else image.bandjoin(255)
    frames = pyvips.Image.arrayjoin([frame, frame.invert() | [0, 0, 0, 255], frame.fliphor()], across=1).copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", image.height)
    frames.set_type(pyvips.GValue.array_int_type, "delay", DELAYS_MS)
    frames.set_type(pyvips.GValue.gint_type, "loop", LOOPS)
    return frames


def _avif_sequence(frames: Any, height: int) -> bytes:
    from io import BytesIO

    from PIL import Image

    size = (frames.width, height)
    tops = range(0, frames.height, height)
    first, *others = [Image.frombytes("RGBA", size, frames.crop(0, top, *size).write_to_memory()) for top in tops]
    file = BytesIO()
    delays = [DELAYS_MS[i % len(DELAYS_MS)] for i in range(len(tops))]
    first.save(file, "AVIF", save_all=True, append_images=others, duration=delays, quality=90, speed=10)
    return file.getvalue()


def avif_of(frames: int) -> bytes:
    """Write an AVIF sequence of so many tiny frames."""
    import pyvips

    return _avif_sequence(pyvips.Image.black(16, 16 * frames, bands=4), 16)


def with_fields(png: bytes, kind: str, fields: dict[str, bytes]) -> bytes:
    """Write a PNG as another format (jpeg, png, webp, avif) with these blocks of metadata."""
    import pyvips

    image = pyvips.Image.new_from_buffer(png, "").copy()
    for name, block in fields.items():
        if name == "exif-data":
            from images.metadata import attach_exif

            image = attach_exif(image, block)
        else:
            image.set_type(pyvips.GValue.blob_type, name, block)
    match kind:
        case "avif":
            return bytes(image.heifsave_buffer(compression="av1", Q=60, effort=0))
        case "png":
            return bytes(image.pngsave_buffer())
    return bytes(image.write_to_buffer(f".{kind}[Q=60]"))


def describe(data: bytes, points: list[tuple[int, int]]) -> dict[str, Any]:
    """Look into a file: the frames of an animation lie below one another."""
    import pyvips

    image = pyvips.Image.new_from_buffer(data, "")
    if image.get_typeof("n-pages") and image.get("n-pages") > 1 and "tiff" not in image.get("vips-loader"):
        image = pyvips.Image.new_from_buffer(data, "", n=-1)
    image = image.copy_memory()
    fields = image.get_fields()
    return {
        "loader": image.get("vips-loader"),
        "width": image.width,
        "height": image.height,
        "bands": image.bands,
        "format": image.format,
        "fields": fields,
        "pixels": [image.getpoint(*point) for point in points],
        "texts": {name: image.get(name) for name in fields if name.startswith("exif-ifd")},
        "delays": image.get("delay") if "delay" in fields else [],
        "loops": image.get("loop") if "loop" in fields else 0,
        "orientation": image.get("orientation") if "orientation" in fields else 1,
    }


def largest_difference(a: bytes, b: bytes) -> float:
    """Return by how much the most different channel of two pictures differs, both seen as RGBA of 16 bits."""
    import pyvips

    one, two = (pyvips.Image.new_from_buffer(data, "").colourspace("rgb16") for data in (a, b))
    one, two = (image if image.hasalpha() else image.bandjoin(65_535) for image in (one, two))
    return float((one - two).abs().max())


def encode(data: bytes, options: Any) -> Any:
    """Encode without a process of its own: for what the service cannot be asked to do."""
    from images.codecs import encode

    return encode(data, options)


def similarity(a: bytes, b: bytes) -> float:
    """Return the structural similarity of two pictures' luma, computed pixel by pixel from its definition."""
    import numpy as np
    import pyvips
    from scipy import ndimage

    lumas = []
    for data in (a, b):
        image = pyvips.Image.new_from_buffer(data, "").colourspace("srgb")
        pixels = image.extract_band(0, n=3).numpy().astype(float)
        lumas.append(pixels @ np.array([0.299, 0.587, 0.114]))
    x, y = lumas
    blur = lambda plane: ndimage.gaussian_filter(plane, 1.5, truncate=3.5)  # noqa: E731
    mean_x, mean_y = blur(x), blur(y)
    variance_x, variance_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return float((top / ((mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2))).mean())
