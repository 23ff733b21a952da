"""Writes emoji images as a Hugging Face image data set: Parquet files with the columns image, text, name, category, subcategory."""

import io
import json
import pathlib

import pyarrow
import pyarrow.parquet
from emoji_captions import caption, short_name
from PIL import Image

SIZE = 64
TEXTS = ("text", "name", "category", "subcategory")


def read_emojis(package: pathlib.Path) -> list[dict]:
    """Reads the list of emoji in the order of the Unicode standard, without the swatches of skin tones."""
    emojis = json.loads((package / "emoji.json").read_text("utf-8"))
    emojis = [e for e in emojis if e["has_img_google"] and e["category"] != "Component"]
    return sorted(emojis, key=lambda emoji: emoji["sort_order"])


def on_white(path: pathlib.Path) -> Image.Image:
    """Reads an image and gives it back as RGB of 64 x 64 pixels, composited on white."""
    image = Image.open(path).convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    image = Image.alpha_composite(white, image).convert("RGB")
    return image if image.size == (SIZE, SIZE) else image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def row(emoji: dict, image: Image.Image) -> dict:
    """Makes one row; its image is a PNG file that has the name of the code points."""
    png = io.BytesIO()
    image.save(png, "PNG", optimize=True)
    texts = {"text": caption(emoji), "name": short_name(emoji)}
    groups = {"category": emoji["category"], "subcategory": emoji["subcategory"]}
    return {"image": {"bytes": png.getvalue(), "path": emoji["image"]}} | texts | groups


def schema() -> pyarrow.Schema:
    """The columns, with the description that the Python library datasets looks for."""
    features = {"image": {"_type": "Image"}} | {name: {"dtype": "string", "_type": "Value"} for name in TEXTS}
    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    fields = [("image", image)] + [(name, pyarrow.string()) for name in TEXTS]
    return pyarrow.schema(fields, {"huggingface": json.dumps({"info": {"features": features}})})


def write(rows: list[dict], directory: pathlib.Path, split: str) -> None:
    """Writes one split and prints its size."""
    texts = [row["text"] for row in rows]
    if len(set(texts)) < len(texts):
        raise ValueError(f"captions occur twice: {sorted({t for t in texts if texts.count(t) > 1})}")
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{split}-00000-of-00001.parquet"
    table = pyarrow.Table.from_pylist(rows, schema())
    pyarrow.parquet.write_table(table, file, row_group_size=100, compression="snappy", use_dictionary=["category", "subcategory"])
    print(f"{file.relative_to(pathlib.Path(__file__).parent)}: {len(rows)} rows, {file.stat().st_size} bytes")
