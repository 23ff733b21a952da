"""Makes notebooks/data/emoji-3d: the emoji of noto-emoji in another style, with the same captions, to fine-tune a model to that style.

Needs Python 3.11+ with pillow==13.0.0 and pyarrow==26.0.1, and the npm packages @lobehub/fluent-emoji-3d 1.1.0 (the pictures) and
emoji-datasource-google 16.0.0 (the names):

    npm pack @lobehub/fluent-emoji-3d@1.1.0 emoji-datasource-google@16.0.0
    mkdir pictures names
    tar xzf lobehub-fluent-emoji-3d-1.1.0.tgz -C pictures
    tar xzf emoji-datasource-google-16.0.0.tgz -C names
    python notebooks/data/make_emoji_3d.py pictures/package names/package

The pictures are composited on white and reduced from 256 to 64 pixels.
"""

import pathlib
import sys

from emoji_sets import (
    DRAWN_HELD_OUT,
    FURTHER_HELD_OUT,
    HERE,
    held_out,
    is_drawn,
    is_further,
    on_white,
    read_emojis,
    without_twins,
    write,
)

# As many as in the set of Pokémon pictures that most guides to fine-tuning use.
TRAINED = 833
FURTHER_CATEGORIES = {"Smileys & Emotion", "Travel & Places", "Objects"}


def picture(package: pathlib.Path, emoji: dict) -> pathlib.Path | None:
    """Finds the file of an emoji; some names have a variation selector that others lack."""
    code = emoji["unified"].lower()
    files = [package / "assets" / f"{name}.webp" for name in (code, code.replace("-fe0f", ""))]
    return next((file for file in files if file.exists()), None)


def main(pictures: pathlib.Path, names: pathlib.Path) -> None:
    """Writes the Parquet files and prints what is in them."""
    emojis = read_emojis(names)
    drawn_in_noto = [e for e in emojis if is_drawn(e)]
    validation = held_out(drawn_in_noto, DRAWN_HELD_OUT)
    wanted = drawn_in_noto + [e for e in emojis if is_further(e) and e["category"] in FURTHER_CATEGORIES]
    files = {e["image"]: picture(pictures, e) for e in wanted}
    images = {name: on_white(file) for name, file in files.items() if file}
    kept = without_twins([e for e in wanted if e["image"] in images], images, [])
    drawn = [e for e in kept if is_drawn(e)]
    further = [e for e in kept if not is_drawn(e)]
    trained = sum(e["image"] not in validation for e in drawn)
    further_validation = held_out(further, FURTHER_HELD_OUT)
    while trained + sum(e["image"] not in further_validation for e in further) > TRAINED:
        further.pop()
    write(drawn + further, images, validation | further_validation, HERE / "emoji-3d" / "data")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
