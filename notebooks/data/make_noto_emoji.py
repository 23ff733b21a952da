"""Makes notebooks/data/noto-emoji: emoji images of 64 x 64 pixels with captions, as a Hugging Face image data set.

Needs Python 3.11+ with pillow==13.0.0 and pyarrow==26.0.1, and the npm package emoji-datasource-google 16.0.0:

    npm pack emoji-datasource-google@16.0.0
    tar xzf emoji-datasource-google-16.0.0.tgz
    python notebooks/data/make_noto_emoji.py package

The images are composited on white, so that a reader that drops the alpha channel sees what a person sees.
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


def main(package: pathlib.Path) -> None:
    """Writes the Parquet files and prints what is in them."""
    emojis = read_emojis(package)
    images = {e["image"]: on_white(package / "img" / "google" / "64" / e["image"]) for e in emojis}
    drawn = without_twins([e for e in emojis if is_drawn(e)], images, [])
    further = without_twins([e for e in emojis if is_further(e)], images, drawn)
    write(drawn, images, held_out(drawn, DRAWN_HELD_OUT), HERE / "noto-emoji" / "data")
    write(further, images, held_out(further, FURTHER_HELD_OUT), HERE / "noto-emoji" / "more")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
