"""Checks the stand-in hub of the tests and the cache against Python's huggingface_hub; see requirements.txt for versions.

    python check_hub.py CLASS_PATH

CLASS_PATH is that of the tests: lib/target/test-classes, lib/target/classes and the dependencies.
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


def java(class_path: str, environment: dict[str, str], *arguments: str) -> str:
    command = ["java", "-cp", class_path, "dev.text2image.hub.DownloadAll", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


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


def main() -> None:
    class_path = sys.argv[1]
    with tempfile.TemporaryDirectory() as home:
        files = Path(home) / "files"
        wanted = make_files(files)
        command = ["java", "-cp", class_path, "dev.text2image.testing.StandInHub", "--part-size=200000", f"models/{NAME}={files}"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            endpoint = server.stdout.readline().split()[0]
            os.environ |= {"HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_XET": "1", "HF_HOME": home, "HF_HUB_DISABLE_TELEMETRY": "1"}
            compare(class_path, Path(home), files, wanted, endpoint)
            server.stdin.close()


if __name__ == "__main__":
    main()
