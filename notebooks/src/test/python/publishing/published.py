"""Trains and publishes by the notebook on Stable Diffusion, on a hub of this machine and from names there.

    echo TOKEN | python published.py ENDPOINT HOME

ENDPOINT is that of a StandInHub that serves the model ada/base and the data set ada/pictures; HOME takes the cache. Whoever
looks at the notebook is asked for the token twice, gives none and then that of the input, and the result is ada/rehearsal.
"""

import os
import sys
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel

NOTEBOOKS = Path(__file__).resolve().parents[4]
NAME = "07-stable-diffusion-on-a-gpu"
OTHERS = {'"models/emoji-base", "data/emoji-3d"': '"ada/base", "ada/pictures"', '"an emoji of a strawberry", ""': '"an emoji of a fox", "rehearsal"'}
LOADED = """Hub.share(new Hub(Hub.shared().settings().withToken(token.get()))); // it is private
var pushed = PipelineDirectory.open(Path.of("ada/rehearsal")).path().resolve("unet/diffusion_pytorch_model.safetensors");
try (var pipeline = StableDiffusionPipeline.fromPretrained(Path.of("ada/rehearsal"))) { grid(pipeline.generate(request)); }
Files.mismatch(pushed, Path.of(config.outputDir(), "unet/diffusion_pytorch_model.safetensors"))"""


class Reader:
    """A person before the notebook, who types answers."""

    def __init__(self, endpoint, home):
        environment = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "TEXT2IMAGE_SMOKE": "1"}
        self.manager, self.client = start_new_kernel(
            kernel_name="text2image", env={**os.environ, **environment}, cwd=NOTEBOOKS, startup_timeout=120
        )
        self.questions = []
        self.messages = []

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code, answer=""):
        """Runs a cell and returns what it says at its end, as text; a question gets the answer."""
        first = len(self.messages)

        def ask(message):
            self.questions.append(message["content"])
            self.client.input(answer)

        reply = self.client.execute_interactive(
            code, allow_stdin=True, stdin_hook=ask, output_hook=self.messages.append, timeout=300
        )
        self.messages.append(reply)
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"]["traceback"]))
        results = [m["content"]["data"]["text/plain"] for m in self.messages[first:] if m["msg_type"] == "execute_result"]
        return results[-1] if results else ""


def publish(reader, token):
    """Runs the notebook with names for the small model and data; returns what its last cells say: without a token, with it, loaded."""
    cells = [cell.source for cell in nbformat.read(NOTEBOOKS / f"{NAME}.ipynb", as_version=4).cells if cell.cell_type == "code"]
    for before, after in OTHERS.items():
        assert before in cells[0], f"the settings hold no {before}"
        cells[0] = cells[0].replace(before, after)
    *steps, publishing, closing = cells
    for cell in steps:
        reader.run(cell)
    said = [reader.run(publishing), reader.run(publishing, token), reader.run(LOADED)]
    reader.run(closing)
    return said


def main():
    reader = Reader(*sys.argv[1:])
    try:
        print("\n".join(publish(reader, sys.stdin.readline().strip())))
    finally:
        reader.close()


if __name__ == "__main__":
    main()
