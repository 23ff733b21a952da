"""Makes the WebP fixtures of the data package: files of every kind, and the pixels that Pillow decodes them to.

Needs pillow==13.0.0 (with its libwebp 1.6.0) and numpy==2.4.6. Run from anywhere:

    python lib/src/test/parity/make_webp_fixtures.py

Writes lib/src/test/resources/parity/webp: for NAME.webp the pixels as RGB in NAME.png, and laid on white in NAME.white.png if the
file has alpha. Pillow cannot write some kinds (frames beside the corner, alpha that is not compressed): they are put together from
the chunks of files that it wrote.
"""

import io
import pathlib
import shutil
import struct

import numpy
from PIL import Image, ImageOps, features

TARGET = pathlib.Path(__file__).parents[1] / "resources" / "parity" / "webp"
ALPHA, ANIMATION, EXIF = 0x10, 0x02, 0x08


def picture(width: int, height: int, channels: int = 3, seed: int = 0) -> Image.Image:
    """Slopes of saturated colours, edges and a little noise, where a difference in the colours' interpolation shows."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width]
    planes = [127 + 120 * numpy.sin(x * (0.3 + 0.2 * c) + y * (0.23 - 0.1 * c) + 2 * c + seed) for c in range(channels)]
    values = numpy.stack(planes, -1) + random.integers(-12, 13, (height, width, channels))
    values[height // 3 : height // 2, width // 4 : width // 2, :3] = (255, 0, 0)
    values[height // 2 :, width // 2 : width // 2 + 3, :3] = (0, 0, 255)
    return Image.fromarray(values.clip(0, 255).astype(numpy.uint8))


def encoded(image: Image.Image, **options) -> bytes:
    """The bytes of a WebP file."""
    out = io.BytesIO()
    image.save(out, "WEBP", **options)
    return out.getvalue()


def chunk(name: str, data: bytes) -> bytes:
    """One chunk, padded to an even length."""
    return name.encode() + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def riff(*chunks: bytes) -> bytes:
    """A file of chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def chunks_of(file: bytes) -> dict[str, bytes]:
    """The chunks of a file by name."""
    found, at = {}, 12
    while at < len(file):
        length = struct.unpack_from("<I", file, at + 4)[0]
        found[file[at : at + 4].decode()] = file[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return found


def int24(value: int) -> bytes:
    """Three bytes, the lowest first."""
    return struct.pack("<I", value)[:3]


def header(size: tuple[int, int], flags: int) -> bytes:
    """The chunk VP8X."""
    return chunk("VP8X", struct.pack("<I", flags) + int24(size[0] - 1) + int24(size[1] - 1))


def frame(file: bytes, size: tuple[int, int], left: int, top: int, flags: int = 0) -> bytes:
    """The chunk ANMF that shows a file's picture at a place (even numbers)."""
    parts = [chunk(name, data) for name, data in chunks_of(file).items() if name in ("ALPH", "VP8 ", "VP8L")]
    place = int24(left // 2) + int24(top // 2) + int24(size[0] - 1) + int24(size[1] - 1)
    return chunk("ANMF", place + int24(100) + bytes([flags]) + b"".join(parts))


def animation(size: tuple[int, int], flags: int, *frames: bytes) -> bytes:
    """An animation whose background, which decoders do not draw, is red."""
    return riff(header(size, flags | ANIMATION), chunk("ANIM", b"\0\0\xff\xff\0\0"), *frames)


def orientation(value: int) -> Image.Exif:
    """EXIF data with an orientation."""
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def stills() -> dict[str, bytes]:
    """Lossy and lossless pictures without alpha."""
    files = {}
    for width, height in ((1, 1), (1, 17), (17, 1), (2, 2), (3, 2), (16, 16), (37, 29), (50, 33), (131, 77)):
        files[f"lossy-{width}x{height}"] = encoded(picture(width, height), quality=80)
    for quality in (0, 30, 100):
        files[f"lossy-quality-{quality}"] = encoded(picture(61, 43), quality=quality, method=6)
    files["lossy-grey"] = encoded(picture(35, 27).convert("L"), quality=75)
    files["lossy-exif-6"] = encoded(picture(41, 30), quality=85, exif=orientation(6))
    pixels = chunk("VP8 ", chunks_of(files["lossy-exif-6"])["VP8 "])
    files["lossy-exif-4-prefixed"] = riff(header((41, 30), EXIF), pixels, chunk("EXIF", orientation(4).tobytes()))
    files["lossless"] = encoded(picture(39, 31), lossless=True)
    files["lossless-few-colours"] = encoded(picture(39, 31).quantize(7).convert("RGB"), lossless=True)
    files["lossless-exif-3"] = encoded(picture(39, 31), lossless=True, exif=orientation(3))
    return files


def transparent() -> dict[str, bytes]:
    """Pictures with alpha."""
    image = picture(40, 30, 4)
    files = {
        "alpha-lossy": encoded(image, quality=80),
        "alpha-lossy-odd": encoded(picture(33, 21, 4), quality=60, alpha_quality=20),
        "alpha-lossy-exif-8": encoded(image, quality=80, exif=orientation(8)),
        "alpha-lossless": encoded(image, lossless=True),
        "alpha-lossless-exact": encoded(image, lossless=True, exact=True),
    }
    for filtering in range(4):
        plain = bytes([filtering << 2]) + filtered(numpy.asarray(image)[:, :, 3], filtering)
        lossy = chunks_of(files["alpha-lossy"])["VP8 "]
        name = f"alpha-uncompressed-filter-{filtering}"
        files[name] = riff(header(image.size, ALPHA), chunk("ALPH", plain), chunk("VP8 ", lossy))
    return files


def filtered(alpha: numpy.ndarray, filtering: int) -> bytes:
    """Alpha as differences from what the left, the upper or both neighbours predict (RFC 9649, section 2.7.1.2)."""
    a = alpha.astype(int)
    predicted = numpy.zeros_like(a)
    if filtering:
        predicted[0, 1:] = a[0, :-1]
        predicted[1:, 0] = a[:-1, 0]
        left, upper, corner = a[1:, :-1], a[:-1, 1:], a[:-1, :-1]
        predicted[1:, 1:] = [left, upper, (left + upper - corner).clip(0, 255)][filtering - 1]
    return (a - predicted).astype(numpy.uint8).tobytes()


def animations() -> dict[str, bytes]:
    """Animations, of which the first frame counts, wherever it lies on the canvas."""
    images = [picture(40, 30, 4, seed) for seed in range(3)]
    opaque = [image.convert("RGB") for image in images]
    small = picture(21, 13, 4)
    lossy, lossless = encoded(small, quality=80), encoded(small, lossless=True)
    plain = encoded(small.convert("RGB"), quality=80)
    second = frame(encoded(images[1], quality=80), (40, 30), 0, 0)
    options = {"save_all": True, "duration": 100}
    turned = animation((40, 30), EXIF, frame(plain, small.size, 4, 6), frame(plain, small.size, 0, 0))
    return {
        "animated": encoded(opaque[0], append_images=opaque[1:], quality=80, **options),
        "animated-alpha": encoded(images[0], append_images=images[1:], quality=80, **options),
        "animated-lossless": encoded(images[0], append_images=images[1:], lossless=True, **options),
        "animated-beside-corner": animation((40, 30), ALPHA, frame(lossy, small.size, 6, 4), second),
        "animated-beside-corner-lossless": animation((40, 30), ALPHA, frame(lossless, small.size, 18, 16, 2), second),
        "animated-beside-corner-opaque": animation((40, 30), 0, frame(plain, small.size, 18, 0), second),
        "animated-alpha-not-announced": animation((40, 30), 0, frame(lossy, small.size, 0, 2, 3), second),
        "animated-one-frame": animation((40, 30), ALPHA, frame(plain, small.size, 2, 2, 1)),
        "animated-exif-7": riff(turned[12:], chunk("EXIF", orientation(7).tobytes()[6:])),
    }


def main() -> None:
    """Writes everything anew."""
    assert features.version("webp") == "1.6.0", features.version("webp")
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for name, file in (stills() | transparent() | animations()).items():
        (TARGET / f"{name}.webp").write_bytes(file)
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
        image.convert("RGB").save(TARGET / f"{name}.png", optimize=True)
        if image.mode == "RGBA":
            white = Image.new("RGBA", image.size, (255, 255, 255, 255))
            Image.alpha_composite(white, image).convert("RGB").save(TARGET / f"{name}.white.png", optimize=True)


if __name__ == "__main__":
    main()
