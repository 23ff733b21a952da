"""Checks the stand-in hub of the tests and the cache against Python's huggingface_hub; see requirements.txt for versions.

    python check_hub.py CLASS_PATH [PYTHON]

CLASS_PATH is that of the tests: lib/target/test-classes, lib/target/classes and the dependencies. PYTHON, if given, is that of the
notebooks, .venv/bin/python: a notebook then trains and publishes too.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "ada/engine"
TOKEN = "hf_StandInWriterToken0123456789"


def make_files(directory: Path) -> dict[str, str]:
    """Writes a repository with small and large files, more than a page of them, and returns their hashes."""
    contents = {f"data/{i}.txt": f"{i}".encode() * 10 for i in range(7)}
    contents |= {"model_index.json": b"{}", "a b/ü.json": b"[]", "unet/weights.safetensors": os.urandom(700_000)}
    for name, content in contents.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def hashes(snapshot: Path) -> dict[str, str]:
    files = (file for file in snapshot.rglob("*") if file.is_file())
    return {str(file.relative_to(snapshot)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def check(what: str, right: bool) -> None:
    print(("ok     " if right else "WRONG  ") + what)
    if not right:
        sys.exit(1)


def java(class_path: str, environment: dict[str, str], *arguments: str, main: str = "hub.DownloadAll") -> str:
    command = ["java", "-Djava.awt.headless=true", "-Dai.djl.offline=true", "-cp", class_path, f"dev.text2image.{main}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return done.stdout.strip()


def compare(class_path: str, home: Path, files: Path, wanted: dict[str, str], endpoint: str) -> None:
    from huggingface_hub import HfApi, snapshot_download

    environment = os.environ | {"HF_ENDPOINT": endpoint}
    python = Path(snapshot_download(NAME, cache_dir=home / "python"))
    check("Python downloads from the stand-in", hashes(python) == wanted)
    ours = java(class_path, environment | {"HF_HUB_CACHE": str(home / "python"), "HF_HUB_OFFLINE": "1"}, NAME)
    check("Java finds offline what Python downloaded", Path(ours) == python and hashes(Path(ours)) == wanted)
    filled = Path(java(class_path, environment | {"HF_HUB_CACHE": str(home / "java")}, NAME))
    check("Java downloads the same", hashes(filled) == wanted)
    again = snapshot_download(NAME, cache_dir=home / "java", local_files_only=True)
    check("Python finds offline what Java downloaded", Path(again) == filled)
    names = lambda root: sorted(str(path.relative_to(root)) for path in root.rglob("*") if ".locks" not in path.parts)
    check("both caches hold the same names", names(home / "java") == [n for n in names(home / "python") if n != "CACHEDIR.TAG"])
    new = os.urandom(700_000)  # the stand-in, like the hub, asks only for contents that it does not hold
    (files / "unet/weights.safetensors").write_bytes(new)
    wanted = wanted | {"unet/weights.safetensors": hashlib.sha256(new).hexdigest()}
    api = HfApi(token=TOKEN)
    api.create_repo("ada/pushed", private=True)
    api.upload_folder(repo_id="ada/pushed", folder_path=files)
    pushed = hashes(Path(snapshot_download("ada/pushed", cache_dir=home / "pushed", token=TOKEN)))
    pushed.pop(".gitattributes")
    check("Python uploads to the stand-in, in parts", pushed == wanted)


def push(class_path: str, home: Path, files: Path, wanted: dict[str, str], environment: dict[str, str]) -> None:
    from huggingface_hub import HfApi, snapshot_download

    api = HfApi(token=TOKEN)
    api.auth_check(NAME, write=True)
    (files / "unet/weights.safetensors").write_bytes(os.urandom(700_000))
    wanted = wanted | {"unet/weights.safetensors": hashlib.sha256((files / "unet/weights.safetensors").read_bytes()).hexdigest()}
    said = java(class_path, environment, str(files), "by-java", main="hub.upload.PushAll")
    pushed = hashes(Path(snapshot_download("ada/by-java", cache_dir=home / "pushed", token=TOKEN)))
    pushed.pop(".gitattributes")
    check("Java uploads to the stand-in, in parts, and Python downloads it", pushed == wanted and "10 files" in said)
    commits = api.model_info("ada/by-java").sha
    api.upload_folder(repo_id="ada/by-java", folder_path=files)
    check("Python finds nothing to add to what Java pushed", api.model_info("ada/by-java").sha == commits)
    check("Java finds nothing to add either", "nothing new" in java(class_path, environment, str(files), "by-java", main="hub.upload.PushAll"))


def train(class_path: str, home: Path, environment: dict[str, str], what: str, name: str) -> Path:
    """Trains two steps from names, pushes the result, and returns what Python downloads of it."""
    from huggingface_hub import ModelCard, snapshot_download

    flags = f"--pretrained_model_name_or_path=ada/base --dataset_name=ada/pictures --output_dir={home}/{name} --resolution=64 --device=cpu"
    flags += " --max_train_samples=4 --train_batch_size=2 --max_train_steps=2 --learning_rate=1e-2 --center_crop --push_to_hub"
    java(class_path, environment, what, *flags.split(), "--validation_prompts", "an emoji of a fox", "--validation_steps=2", main="cli.Main")
    path = Path(snapshot_download(f"ada/{name}", cache_dir=home / "trained", token=TOKEN))
    card = ModelCard.load(path / "README.md")
    card.validate()
    right = card.data.base_model == "ada/base" and card.data.datasets == ["ada/pictures"] and card.data.license == "apache-2.0"
    check(f"the card of what {what} pushed is valid", right and card.data.library_name == "diffusers" and (path / "samples.png").exists())
    return path


def load(name: str, home: Path):
    """Loads a pipeline by its name, or from a directory."""
    import torch
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline.from_pretrained(name, cache_dir=home / "diffusers", token=TOKEN, dtype=torch.float32)


def draw(pipeline):
    """The same prompt from the same noise."""
    import torch

    return pipeline("an emoji of a fox", num_inference_steps=3, generator=torch.Generator().manual_seed(0), output_type="np").images[0]


def end_to_end(class_path: str, home: Path, environment: dict[str, str]) -> None:
    import numpy

    base = draw(load("ada/base", home))
    path = train(class_path, home, environment, "train", "tuned")
    tuned, local = draw(load("ada/tuned", home)), draw(load(path, home))
    check("diffusers loads what train pushed", numpy.array_equal(tuned, local) and not numpy.array_equal(tuned, base))
    train(class_path, home, environment, "train-lora", "adapter")
    pipeline = load("ada/base", home)
    pipeline.load_lora_weights("ada/adapter", cache_dir=home / "diffusers", token=TOKEN)
    check("diffusers loads what train-lora pushed", not numpy.array_equal(draw(pipeline), base))
    sample = ["--prompt", "an emoji of a fox", "--num_inference_steps=3", "--device=cpu", f"--output_dir={home}/samples", "--seed=0"]
    java(class_path, environment, "sample", "--pretrained_model_name_or_path=ada/tuned", *sample, main="cli.Main")
    java(class_path, environment, "sample", "--pretrained_model_name_or_path=ada/base", "--lora=ada/adapter:0.5", *sample, main="cli.Main")
    check("Java draws with both by their names", len(list((home / "samples").glob("*.png"))) > 0)


def notebook(python: str, home: Path, endpoint: str) -> None:
    """Lets the notebook on Stable Diffusion train from names and publish, with the token typed."""
    import numpy

    script = Path(__file__).resolve().parents[4] / "notebooks/src/test/python/publishing/published.py"
    done = subprocess.run([python, script, endpoint, home / "notebook"], input=TOKEN, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    without, pushed, same = done.stdout.splitlines()[-3:]
    check("the notebook publishes nothing without a token", without == "Nothing is published: there is no token")
    check("it publishes with one, and Java loads the same weights", "/ada/rehearsal (" in pushed and same == "-1")
    check("what was typed is not printed", TOKEN not in done.stdout + done.stderr)
    check("diffusers loads what the notebook pushed", not numpy.array_equal(draw(load("ada/rehearsal", home)), draw(load("ada/base", home))))


def main() -> None:
    notebooks = Path(__file__).resolve().parents[4] / "notebooks"
    class_path = sys.argv[1]
    with tempfile.TemporaryDirectory() as home:
        files = Path(home) / "files"
        wanted = make_files(files)
        command = ["java", "-cp", class_path, "dev.text2image.testing.StandInHub", "--part-size=200000", f"models/{NAME}={files}"]
        command += [f"models/ada/base={notebooks}/models/emoji-base", f"datasets/ada/pictures={notebooks}/data/noto-emoji"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            endpoint = server.stdout.readline().split()[0]
            os.environ |= {"HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_XET": "1", "HF_HOME": home, "HF_HUB_DISABLE_TELEMETRY": "1"}
            environment = os.environ | {"HF_TOKEN": TOKEN, "HF_HUB_CACHE": f"{home}/java-all"}
            compare(class_path, Path(home), files, wanted, endpoint)
            push(class_path, Path(home), files, wanted, environment)
            end_to_end(class_path, Path(home), environment)
            if len(sys.argv) > 2:
                notebook(sys.argv[2], Path(home), endpoint)
            server.stdin.close()


if __name__ == "__main__":
    main()
