"""Makes the fixtures of the data package: images as Pillow decodes them and torchvision resizes them, and small Parquet files.

Needs pillow==13.0.0, torchvision==0.22.1, torch==2.7.1, numpy==2.4.6 and pyarrow==26.0.1. Run from anywhere:

    python lib/src/test/parity/make_image_fixtures.py

Writes lib/src/test/resources/parity/images: inputs, PNG files with the expected pixels, and two lists,
decode.json and resize.json, that name the pairs; and lib/src/test/resources/parity/parquet.
"""

import json
import pathlib
import shutil
import struct
import zlib

import numpy
import pyarrow
import pyarrow.parquet
from PIL import Image, ImageOps
from torchvision import transforms
from torchvision.transforms import InterpolationMode

RESOURCES = pathlib.Path(__file__).parents[1] / "resources" / "parity"
IMAGES = RESOURCES / "images"
PARQUET = RESOURCES / "parquet"


def picture(width: int, height: int, channels: int, seed: int = 0) -> numpy.ndarray:
    """A picture with slopes, edges and noise: uint8, (height, width, channels)."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width]
    planes = [127 + 110 * numpy.sin(x * (0.2 + 0.1 * c) + y * (0.13 + 0.05 * c) + c) for c in range(channels)]
    values = numpy.stack(planes, -1) + random.integers(-20, 21, (height, width, channels))
    values[height // 3 : height // 2, width // 4 : width // 2] = 255
    values[height // 2 :, width // 2 : width // 2 + 2] = 0
    return values.clip(0, 255).astype(numpy.uint8)


def rgb(width: int, height: int, seed: int = 0) -> Image.Image:
    """The picture as an RGB image."""
    return Image.fromarray(picture(width, height, 3, seed), "RGB")


def raw_png(path: pathlib.Path, samples: numpy.ndarray, bits: int, kind: int, extra: bytes = b"") -> None:
    """Writes a PNG file with a colour type and depth that Pillow does not write; samples are (height, width, channels)."""
    height, width, _ = samples.shape
    rows = b""
    for row in samples:
        flat = row.reshape(-1)
        if bits == 16:
            packed = flat.astype(">u2").tobytes()
        else:
            text = "".join(format(int(v), f"0{bits}b") for v in flat)
            text += "0" * (-len(text) % 8)
            packed = bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))
        rows += b"\0" + packed

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def trns(data: bytes) -> bytes:
    """A tRNS chunk."""
    return struct.pack(">I", len(data)) + b"tRNS" + data + struct.pack(">I", zlib.crc32(b"tRNS" + data))


def write_lossless_inputs() -> None:
    """Inputs in every pixel format that users bring, without loss."""
    rgba = Image.fromarray(picture(23, 17, 4), "RGBA")
    rgba.save(IMAGES / "rgba.png")
    Image.fromarray(picture(23, 17, 2), "LA").save(IMAGES / "grey-alpha.png")
    rgb(23, 17).save(IMAGES / "rgb.png")
    grey = rgb(23, 17).convert("L")
    grey.save(IMAGES / "grey.png")
    grey.convert("1").save(IMAGES / "bilevel.png")
    palette = rgb(23, 17).quantize(60)
    palette.save(IMAGES / "palette.png")
    palette.save(IMAGES / "palette-alpha.png", transparency=bytes(range(0, 240, 4)))
    rgb(23, 17).quantize(13).save(IMAGES / "palette-4-bit.png", bits=4)
    palette.save(IMAGES / "palette.gif", transparency=3)
    rgb(23, 17).save(IMAGES / "rgb.bmp")
    rgb(23, 17).save(IMAGES / "rgb.tif", compression="tiff_lzw")
    rgb(23, 17).save(IMAGES / "rgb.ppm")
    rgba.save(IMAGES / "lossless.webp", lossless=True, exact=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    rgb(23, 17).save(IMAGES / "exif-6.webp", lossless=True, exif=exif)
    wide = picture(23, 17, 4).astype(numpy.uint16) * 257 - (picture(23, 17, 4, 5) // 3)
    raw_png(IMAGES / "grey-16.png", wide[:, :, :1], 16, 0)
    raw_png(IMAGES / "rgb-16.png", wide[:, :, :3], 16, 2)
    raw_png(IMAGES / "grey-alpha-16.png", wide[:, :, :2], 16, 4)
    raw_png(IMAGES / "rgba-16.png", wide, 16, 6)
    raw_png(IMAGES / "grey-2.png", picture(23, 17, 1) >> 6, 2, 0)
    raw_png(IMAGES / "grey-4.png", picture(23, 17, 1) >> 4, 4, 0)
    pixel = picture(23, 17, 3)
    raw_png(IMAGES / "rgb-transparent-colour.png", pixel, 8, 2, trns(struct.pack(">3H", *map(int, pixel[4, 5]))))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        rgb(11, 7).save(IMAGES / f"exif-{orientation}.png", exif=exif)


def write_jpeg_inputs() -> None:
    """JPEG inputs in every colour space and subsampling that occurs, and a lossy WebP."""
    image = rgb(45, 35)
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        image.save(IMAGES / f"{name}.jpg", quality=90, subsampling=subsampling)
    image.save(IMAGES / "progressive.jpg", quality=85, progressive=True)
    image.save(IMAGES / "keep-rgb.jpg", quality=90, keep_rgb=True)
    image.convert("L").save(IMAGES / "grey.jpg", quality=90)
    image.convert("CMYK").save(IMAGES / "cmyk.jpg", quality=90)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(IMAGES / "exif-6.jpg", quality=90, exif=exif)
    smooth = rgb(15, 11).resize((180, 132), Image.Resampling.BICUBIC)
    smooth.save(IMAGES / "lossy.webp", quality=90)


def write_decoded() -> None:
    """The expected pixels of every input."""
    cases = []
    for path in sorted(p for p in IMAGES.iterdir() if p.is_file()):
        image = ImageOps.exif_transpose(Image.open(path))
        expected = f"expected/{path.name}.png"
        if image.mode == "I;16":
            # Pillow would cut values off at 255 and give a white image; the upper 8 bits are what a person sees.
            image = Image.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8), "L")
        image.convert("RGB").save(IMAGES / expected, optimize=True)
        case = {"file": path.name, "expected": expected}
        if image.mode in ("RGBA", "LA", "P") and path.suffix == ".png":
            rgba = image.convert("RGBA")
            white = Image.new("RGBA", image.size, (255, 255, 255, 255))
            case["white"] = f"expected/{path.name}.white.png"
            Image.alpha_composite(white, rgba).convert("RGB").save(IMAGES / case["white"], optimize=True)
        cases.append(case)
    (IMAGES / "decode.json").write_text(json.dumps(cases, indent=1) + "\n")


def write_resized() -> None:
    """Each size in each interpolation mode, whole and cropped at the centre."""
    cases = []
    for width, height, resolution in ((37, 53, 16), (37, 53, 64), (61, 20, 24), (7, 5, 32), (90, 31, 31), (200, 130, 13)):
        source = f"resize/{width}x{height}.png"
        image = rgb(width, height, width)
        image.save(IMAGES / source, optimize=True)
        for mode in InterpolationMode:
            resized = transforms.Resize(resolution, mode)(image)
            name = f"resize/{width}x{height}-{resolution}-{mode.value}"
            resized.save(IMAGES / f"{name}.png", optimize=True)
            transforms.CenterCrop(resolution)(resized).save(IMAGES / f"{name}-crop.png", optimize=True)
            case = {"file": source, "resolution": resolution, "interpolation": mode.value}
            cases.append(case | {"resized": f"{name}.png", "cropped": f"{name}-crop.png"})
    (IMAGES / "resize.json").write_text(json.dumps(cases, indent=1) + "\n")


def image_schema(captions: pyarrow.DataType) -> pyarrow.Schema:
    """Columns image and text as the Python library datasets writes them."""
    feature = {"dtype": "string", "_type": "Value"}
    features = {"image": {"_type": "Image"}, "text": [feature] if pyarrow.types.is_list(captions) else feature}
    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    return pyarrow.schema([("image", image), ("text", captions)], metadata)


def write_parquet() -> None:
    """Parquet files: one string, several strings, a null, a path instead of bytes, large types, each with its own codec."""
    names = ["rgb.png", "420.jpg", "palette.png", "rgba.png", "grey.jpg"]
    images = [{"bytes": (IMAGES / name).read_bytes(), "path": name} for name in names]
    rows = [{"image": image, "text": f"caption {i}"} for i, image in enumerate(images)]
    table = pyarrow.Table.from_pylist(rows, image_schema(pyarrow.string()))
    folder = PARQUET / "strings" / "data"
    folder.mkdir(parents=True)
    pyarrow.parquet.write_table(table[:3], folder / "train-00000-of-00002.parquet", row_group_size=2, compression="snappy")
    pyarrow.parquet.write_table(table[3:], folder / "train-00001-of-00002-0123456789abcdef.parquet", compression="zstd")
    pyarrow.parquet.write_table(table[:1], folder / "test-00000-of-00001.parquet")
    lists = [{"image": image, "text": [f"first {i}", f"second {i}"][: 1 + i % 2]} for i, image in enumerate(images)]
    table = pyarrow.Table.from_pylist(lists, image_schema(pyarrow.list_(pyarrow.string())))
    pyarrow.parquet.write_table(table, PARQUET / "lists.parquet", compression="gzip")
    null = [rows[0], rows[1] | {"text": None}]
    table = pyarrow.Table.from_pylist(null, image_schema(pyarrow.string()))
    pyarrow.parquet.write_table(table, PARQUET / "null-caption.parquet", compression="none")
    shutil.copy(IMAGES / "rgb.png", PARQUET / "beside.png")
    paths = [{"image": {"bytes": None, "path": "beside.png"}, "text": "by path"}]
    table = pyarrow.Table.from_pylist(paths, image_schema(pyarrow.string()))
    pyarrow.parquet.write_table(table, PARQUET / "path-only.parquet", compression="none")
    large = pyarrow.schema([("Picture", pyarrow.large_binary()), ("Prompt", pyarrow.large_string()), ("id", pyarrow.int64())])
    plain = [{"Picture": image["bytes"], "Prompt": f"prompt {i}", "id": i} for i, image in enumerate(images)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(plain, large), PARQUET / "plain-binary.parquet", compression="lz4")


def main() -> None:
    """Writes everything anew."""
    for folder in (IMAGES, PARQUET):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    write_lossless_inputs()
    write_jpeg_inputs()
    (IMAGES / "expected").mkdir()
    (IMAGES / "resize").mkdir()
    write_decoded()
    write_resized()
    write_parquet()


if __name__ == "__main__":
    main()
