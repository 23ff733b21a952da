"""Makes notebooks/data/noto-emoji: emoji images of 64 x 64 pixels with captions, as a Hugging Face image data set.

Needs Python 3.11+ with pillow==13.0.0 and pyarrow==26.0.1, and the npm package emoji-datasource-google 16.0.0:

    npm pack emoji-datasource-google@16.0.0
    tar xzf emoji-datasource-google-16.0.0.tgz
    python notebooks/data/make_noto_emoji.py package

The images are composited on white, so that a reader that drops the alpha channel sees what a person sees.
"""

import collections
import pathlib
import sys

from emoji_parquet import on_white, read_emojis, row, write
from PIL import Image, ImageChops, ImageStat

TARGET = pathlib.Path(__file__).parent / "noto-emoji"

# What a model of a few million parameters can learn to draw from about 500 pictures: things, animals, faces.
DRAWN_CATEGORIES = {"Animals & Nature", "Food & Drink", "Activities"}
DRAWN_SUBCATEGORIES = set(
    "face-smiling face-affection face-tongue face-glasses face-hat cat-face monkey-face heart"
    " transport-ground transport-water transport-air".split()
) | {"sky & weather"}
# The phases of the moon between new and full: eight pictures of one disc, told apart by a word that no other caption has.
MOON_PHASES = {"1F312", "1F313", "1F314", "1F316", "1F317", "1F318"}
# Letters, numbers, flags and clocks say with signs what they show, and nothing that helps to draw something else.
SIGNS = {"alphanum", "keycap", "time"}
SAME_PICTURE = 6.0


def is_drawn(emoji: dict) -> bool:
    """Tells whether an emoji is one of those that a text-to-image model learns to draw."""
    wanted = emoji["category"] in DRAWN_CATEGORIES or emoji["subcategory"] in DRAWN_SUBCATEGORIES
    return wanted and emoji["unified"] not in MOON_PHASES


def is_further(emoji: dict) -> bool:
    """Tells whether an emoji of the rest helps an autoencoder that has to learn shapes, edges and colours."""
    pictured_time = emoji["subcategory"] == "time" and not emoji["name"].startswith("CLOCK FACE")
    return emoji["category"] != "Flags" and (emoji["subcategory"] not in SIGNS or pictured_time)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The root of the mean squared difference of all values, which go from 0 to 255."""
    squares = [rms * rms for rms in ImageStat.Stat(ImageChops.difference(one, other)).rms]
    return (sum(squares) / len(squares)) ** 0.5


def without_twins(emojis: list[dict], images: dict[str, Image.Image], before: list[dict]) -> list[dict]:
    """Leaves out each emoji whose picture is nearly the same as an earlier one's, and prints it."""
    kept = list(before)
    for emoji in emojis:
        image = images[emoji["image"]]
        twin = next((e for e in kept if difference(images[e["image"]], image) < SAME_PICTURE), None)
        if twin is None:
            kept.append(emoji)
        else:
            print(f'left out: "{emoji["name"]}" looks like "{twin["name"]}"')
    return kept[len(before) :]


def write_splits(emojis: list[dict], images: dict[str, Image.Image], directory: pathlib.Path, every: int) -> None:
    """Writes a validation split of every so-many-th emoji, and a training split of the others."""
    rows = [row(emoji, images[emoji["image"]]) for emoji in emojis]
    held_out = range(every - 1, len(rows), every)
    write([r for i, r in enumerate(rows) if i not in held_out], directory, "train")
    write([rows[i] for i in held_out], directory, "validation")
    for category, count in collections.Counter(emoji["category"] for emoji in emojis).most_common():
        print(f"{count:5d} {category}")


def main(package: pathlib.Path) -> None:
    """Writes the Parquet files and prints what is in them."""
    emojis = read_emojis(package)
    images = {e["image"]: on_white(package / "img" / "google" / "64" / e["image"]) for e in emojis}
    drawn = without_twins([e for e in emojis if is_drawn(e)], images, [])
    further = without_twins([e for e in emojis if not is_drawn(e) and is_further(e)], images, drawn)
    write_splits(drawn, images, TARGET / "data", 10)
    write_splits(further, images, TARGET / "more", 20)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
