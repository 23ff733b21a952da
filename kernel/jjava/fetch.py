"""Unpacks JJava's jar, which is published in a Python wheel only: `python fetch.py VERSION DIRECTORY`."""

import importlib.metadata
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

NAME = "jjava.jar"


def installed(version):
    """The jar of the jjava package of this Python or of the project's .venv; None if neither has this version."""
    places = [*sys.path, *map(str, Path(__file__).parents[2].glob(".venv/[Ll]ib/**/site-packages"))]
    for package in importlib.metadata.distributions(name="jjava", path=places):
        for file in (package.files or []) if package.version == version else []:
            if file.name == NAME and Path(file.locate()).is_file():
                return Path(file.locate())
    return None


def download(version, directory):
    """The jar in the wheel that pip finds."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    if subprocess.run([*pip, "--dest", directory, f"jjava=={version}"]).returncode:
        sys.exit(f"The kernel is compiled against JJava, but pip of {sys.executable} could not download jjava=={version}.")
    (wheel,) = Path(directory).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/" + NAME))
        return archive.extract(name, directory)


def main(version, directory):
    """Unpacks the jar, unless that was done."""
    target = Path(directory)
    mark = target.with_name("fetched")
    if not target.is_dir() or not mark.is_file() or mark.read_text() != version:
        shutil.rmtree(target, ignore_errors=True)
        with TemporaryDirectory() as temporary, zipfile.ZipFile(installed(version) or download(version, temporary)) as jar:
            jar.extractall(target, [name for name in jar.namelist() if not name.startswith("META-INF/maven")])
        mark.write_text(version)


if __name__ == "__main__":
    main(*sys.argv[1:])
