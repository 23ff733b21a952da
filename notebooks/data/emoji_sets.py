"""Selects emoji and writes them as a Hugging Face image data set: Parquet files with the columns image, text, name, category, subcategory."""

import collections
import io
import json
import pathlib

import pyarrow
import pyarrow.parquet
from emoji_captions import caption, short_name
from PIL import Image, ImageChops, ImageStat

SIZE = 64
TEXTS = ("text", "name", "category", "subcategory")
HERE = pathlib.Path(__file__).parent

# What a model of a few million parameters can learn to draw from about 500 pictures: things, animals, faces.
DRAWN_CATEGORIES = {"Animals & Nature", "Food & Drink", "Activities"}
DRAWN_SUBCATEGORIES = set(
    "face-smiling face-affection face-tongue face-glasses face-hat cat-face monkey-face heart"
    " transport-ground transport-water transport-air".split()
) | {"sky & weather"}
# The phases of the moon between new and full: one disc again and again, told apart by words that no other caption has.
MOON_PHASES = {"1F312", "1F313", "1F314", "1F316", "1F317", "1F318"}
# Letters, numbers and clock faces show signs and nothing that helps to draw something else.
SIGNS = {"alphanum", "keycap"}
# Of these every so-many-th is held out of training.
DRAWN_HELD_OUT = 10
FURTHER_HELD_OUT = 20
# Pictures whose difference is less are the same picture.
SAME_PICTURE = 6.0
COARSE = 8


def read_emojis(package: pathlib.Path) -> list[dict]:
    """Reads the list of emoji in the order of the Unicode standard, without the swatches of skin tones."""
    emojis = json.loads((package / "emoji.json").read_text("utf-8"))
    emojis = [e for e in emojis if e["has_img_google"] and e["category"] != "Component"]
    return sorted(emojis, key=lambda emoji: emoji["sort_order"])


def is_drawn(emoji: dict) -> bool:
    """Tells whether an emoji is one of those that the base model learns to draw."""
    wanted = emoji["category"] in DRAWN_CATEGORIES or emoji["subcategory"] in DRAWN_SUBCATEGORIES
    return wanted and emoji["unified"] not in MOON_PHASES


def is_further(emoji: dict) -> bool:
    """Tells whether an emoji is one of the others from which an autoencoder can learn shapes, edges and colours."""
    sign = emoji["subcategory"] in SIGNS or emoji["name"].startswith("CLOCK FACE")
    return not is_drawn(emoji) and emoji["category"] != "Flags" and not sign


def held_out(emojis: list[dict], every: int) -> set[str]:
    """Chooses every so-many-th emoji for validation, by its file name."""
    return {emoji["image"] for emoji in emojis[every - 1 :: every]}


def difference(one: Image.Image, other: Image.Image) -> float:
    """The root of the mean squared difference of all values, which go from 0 to 255."""
    squares = [rms * rms for rms in ImageStat.Stat(ImageChops.difference(one, other)).rms]
    return (sum(squares) / len(squares)) ** 0.5


def without_twins(emojis: list[dict], images: dict[str, Image.Image], before: list[dict]) -> list[dict]:
    """Leaves out each emoji whose picture is nearly the same as an earlier one's, and prints it."""
    # Averages of squares differ at most as much as the squares do; the rest is rounding.
    coarse = {name: image.reduce(COARSE) for name, image in images.items()}
    kept = list(before)
    for emoji in emojis:
        name = emoji["image"]
        alike = (e for e in kept if difference(coarse[e["image"]], coarse[name]) < SAME_PICTURE + 1)
        twin = next((e for e in alike if difference(images[e["image"]], images[name]) < SAME_PICTURE), None)
        if twin is None:
            kept.append(emoji)
        else:
            print(f'left out: "{emoji["name"]}" looks like "{twin["name"]}"')
    return kept[len(before) :]


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


def write(emojis: list[dict], images: dict[str, Image.Image], held_out: set[str], directory: pathlib.Path) -> None:
    """Writes a training and a validation split, and prints how many rows of which category they have."""
    if len({caption(emoji) for emoji in emojis}) < len(emojis):
        raise ValueError(f"captions occur twice: {collections.Counter(map(caption, emojis)).most_common(5)}")
    for split, validation in (("train", False), ("validation", True)):
        chosen = [emoji for emoji in emojis if (emoji["image"] in held_out) == validation]
        file = directory / f"{split}-00000-of-00001.parquet"
        directory.mkdir(parents=True, exist_ok=True)
        table = pyarrow.Table.from_pylist([row(emoji, images[emoji["image"]]) for emoji in chosen], schema())
        pyarrow.parquet.write_table(table, file, row_group_size=100, compression="snappy", use_dictionary=["category", "subcategory"])
        print(f"{file.relative_to(HERE)}: {len(chosen)} rows, {file.stat().st_size} bytes")
        for category, count in collections.Counter(emoji["category"] for emoji in chosen).most_common():
            print(f"{count:5d} {category}")
