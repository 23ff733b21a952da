"""The outputs that the notebooks are committed with, and whether they are of the present code.

They are stale when the code cells have changed since, or the model or data that these name, or the code cells of a notebook
that the first cell says to run first.
"""

import hashlib
import re
import sys
from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
KEY = "text2image"
SHIPPED = ["models/emoji-base", "models/emoji-noise", "data/emoji-3d", "data/noto-emoji", "data/min-snr"]
CONTENTS = {".json", ".safetensors", ".parquet", ".csv", ".png"}
# What a tutorial has to reach, from the row of its table: captions, model, samples, names in %, distance, style in %. One of the 64
# samples is 1.6 %: two versions whose 256 samples `evaluate` finds at 98 % and more gave 96.9 and 95.3 % here, and distances of 16.9 and
# 17.7. A recipe that is not trained enough gives 55 % and 40.
RESULT = re.compile(r"^\s*trained on\s+after\s+\d+\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*$", re.MULTILINE)
LEAST_NAMES, GREATEST_DISTANCE, LEAST_STYLE = 92, 19, 78
MEASURED = {"04-training-loop"}
RUN_FIRST = re.compile(r"Run\s+`([\w-]+)`\s+first")


def fingerprint(name):
    """Names what the outputs of a notebook depend on: its code, the shipped models and data in it, and notebooks to run first."""
    notebook = nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    code = "\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    digest = hashlib.sha256(code.encode())
    for used in (name for name in SHIPPED if f'"{name}' in code):
        for file in sorted(path for path in (HERE / used).rglob("*") if path.suffix in CONTENTS):
            digest.update(file.relative_to(HERE).as_posix().encode() + b"\0" + file.read_bytes())
    for earlier in RUN_FIRST.findall(notebook.cells[0].source):
        digest.update(fingerprint(earlier).encode())
    return digest.hexdigest()


def stale(path):
    """Why the saved outputs of a notebook are not those of its code, or None."""
    made_of = nbformat.read(path, as_version=4).metadata.get(KEY, {}).get("outputs_of")
    if made_of is None:
        return "has no saved outputs"
    return None if made_of == fingerprint(path.stem) else "has saved outputs of other code, data or models"


def decline(path, executed=None):
    """Why the pictures of an executed notebook are worse than its tutorial promises, or None."""
    if path.stem not in MEASURED:
        return None
    cells = nbformat.read(executed or path, as_version=4).cells
    texts = [output.get("data", {}).get("text/plain", "") for cell in cells for output in cell.get("outputs", [])]
    found = next(filter(None, (RESULT.search(text) for text in texts)), None)
    if found is None:
        return "does not say how good its pictures are: there is no row 'trained on after' in its outputs"
    names, distance, style = map(float, found.groups())
    if names >= LEAST_NAMES and distance <= GREATEST_DISTANCE and style >= LEAST_STYLE:
        return None
    return (f"draws worse than it promises: names {names} % (at least {LEAST_NAMES}), distance {distance} "
            f"(at most {GREATEST_DISTANCE}), style {style} % (at least {LEAST_STYLE})")


def save(executed, path):
    """Puts an executed notebook in the place of its source, with the mark of what its outputs depend on."""
    notebook = nbformat.read(executed, as_version=4)
    notebook.metadata[KEY] = {"outputs_of": fingerprint(path.stem)}
    nbformat.write(notebook, path)


def check(paths):
    """Prints each notebook with stale outputs; returns the exit code."""
    reasons = {path.stem: stale(path) for path in paths}
    declines = {path.stem: decline(path) for path in paths}
    for name, reason in reasons.items():
        if reason:
            print(f"{name} {reason}; run `python notebooks/execute.py --save` for all of them.", file=sys.stderr)
    for name, reason in declines.items():
        if reason:
            print(f"{name} {reason}.", file=sys.stderr)
    return 1 if any(reasons.values()) or any(declines.values()) else 0
