"""Writes resources/parity/events.out.tfevents: what torch's SummaryWriter writes for the calls below.

Needs torch==2.7.1 and tensorboard==2.21.0 (see requirements.txt). Run it by hand; the build never does:

    python lib/src/test/parity/make_tensorboard_fixture.py

The clock stands still at TIME. EventFileParityTest makes the same calls and compares the bytes.
"""

import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
from torch.utils.tensorboard import SummaryWriter

TARGET = Path(__file__).parents[1] / "resources" / "parity" / "events.out.tfevents"
TIME = 1700000000.25


def images():
    """Nine images of (2, 3, 3) bytes: one more than a row of the picture that add_images makes holds."""
    return (np.arange(9 * 2 * 3 * 3) * 7 % 256).astype(np.uint8).reshape(9, 2, 3, 3)


def main():
    with tempfile.TemporaryDirectory() as directory, mock.patch("time.time", return_value=TIME):
        with SummaryWriter(directory, purge_step=301) as writer:
            writer.add_scalar("train_loss", 0.1, 301)
            writer.add_scalar("lr", float("nan"), 2**40)
            writer.add_scalar("lr", 0.0, 0)
            writer.add_images("validation", images(), 302, dataformats="NHWC")
            writer.add_text("note", "Über **all**", 303)
        (file,) = Path(directory).iterdir()
        TARGET.write_bytes(file.read_bytes())


if __name__ == "__main__":
    main()
