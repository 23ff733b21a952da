"""Rehearses what mybinder.org does with the repository, as far as that goes without Docker and conda.

    python3 notebooks/src/test/python/binder/rehearse.py

It clones the last commit into an empty home directory, runs binder/postBuild in a new virtual environment, and executes the
notebooks below binder/start with the memory that Binder gives. Nothing of the caller's home directory or environment is used, so
all dependencies are fetched anew; that takes minutes and 2 GB of disk. A JDK and Maven, which conda brings there, must be on PATH.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[5]
MEMORY = "2g"
KEPT = ("PATH", "PIP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")  # how this machine reaches the registries


def size(directory):
    """A directory's size in MiB."""
    files = (file for file in directory.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files) / (1024 * 1024)


def build(prefix, home):
    """Makes what the image holds."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", PROJECT, home], check=True)
    subprocess.run([sys.executable, "-m", "venv", prefix], check=True)
    run(prefix, home, "binder/postBuild")
    print(f"The image holds {size(home):,.0f} MiB in the home directory and {size(prefix):,.0f} of Python.", flush=True)


def run(prefix, home, *command):
    """Runs a command as in the image, where the repository is the home directory."""
    environment = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    environment |= {"HOME": str(home), "LANG": "C.UTF-8", "PATH": f"{prefix / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    # Java takes the home directory from the account, not from HOME.
    environment["JAVA_TOOL_OPTIONS"] = f"-Duser.home={home}"
    print("+", *command, flush=True)
    subprocess.run(command, cwd=home, env=environment, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="which to execute (default: all)")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep the image here, or use the one that is here")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        image = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="binder-")))
        prefix, home = image.resolve() / "environment", image.resolve() / "home"
        if not (image / "built").exists():
            build(prefix, home)
            (image / "built").touch()
        run(prefix, home, "binder/start", "python", "notebooks/execute.py", "--memory-limit", MEMORY, *options.notebooks)


if __name__ == "__main__":
    main()
