"""Chooses the libtorch that Java loads: that of Maven Central on a processor, the CUDA build of PyTorch's pip package on a GPU.

`python -m text2image_kernel.libtorch environment PROJECT` fetches that build if it is not there and prints, for bash, what Java
needs to find it. With `report` in the place of `environment` it says instead what is used, with `fetch` only where there is a GPU.
The kernel fetches nothing.
"""

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from . import nvidia

VERSION = "2.7.1"
FLAVOR = "cu128"  # of DJL's native code, which fits every CUDA 12
WINDOWS = os.name == "nt"
# From here on a driver runs programs of every CUDA 12 (CUDA's release notes, minor version compatibility).
OLDEST_DRIVER = (528, 33) if WINDOWS else (525, 60, 13)
# PyTorch's builds for CUDA 12.6 hold code for 5.0 to 9.0, which 9.x runs too, those for 12.8 for 7.5 to 12.0.
OLDEST_CAPABILITY = (5, 0)
BLACKWELL = (10, 0)
INDEX = "TEXT2IMAGE_TORCH_INDEX"
INDEXES = "https://download.pytorch.org/whl"
DEVICE = "TEXT2IMAGE_DEVICE"
PATH = "PYTORCH_LIBRARY_PATH"
ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF"
REASON = "TEXT2IMAGE_UNUSED_GPU"
PLACE = ".venv-cuda"
NEEDED_BYTES = 9 * 10**9
LIBRARY = "torch.dll" if WINDOWS else "libtorch.so"
ENDS = ("libtorch_cuda_linalg.so", "libcaffe2_nvrtc.so")  # all other libraries are needed by one of these

DRIVER_LIBRARY = "libcuda.so.1"


class Refused(Exception):
    """What the user has chosen cannot be used, or not be fetched; the message is for the user."""


class NotUsed(Exception):
    """There is a GPU that cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Setup:
    """What a JVM is started with: variables, of which None is to be taken away, options, and a directory to put first on PATH."""

    variables: dict = field(default_factory=dict)
    options: tuple = ()
    path: Path | None = None
    summary: str = ""

    @staticmethod
    def without_gpu(reason):
        """Maven's libtorch, and why that is so."""
        unset = dict.fromkeys((PATH, "PYTORCH_VERSION", "PYTORCH_FLAVOR"))
        return Setup({**unset, REASON: reason}, summary=reason)

    def environment(self, environment):
        """The environment of the JVM's process."""
        changed = {name: value for name, value in {**environment, **self.variables}.items() if value is not None}
        if self.path:
            changed["PATH"] = os.pathsep.join([str(self.path), changed.get("PATH", "")])
        return changed

    def shell(self):
        """The same for bash."""
        lines = [
            f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"
            for name, value in self.variables.items()
        ]
        lines.append(f"libtorch_options=({' '.join(map(shlex.quote, self.options))})")
        if self.path:
            lines.append(f'PATH="$(cygpath -u {shlex.quote(str(self.path))}):$PATH"')
        return "\n".join(lines)


def choose(project, environment=os.environ, root=Path("/"), fetcher=None):
    """Returns the Setup; a build that is not there is fetched by fetcher(place, index), or the GPU is not used.

    Raises Refused if PYTORCH_LIBRARY_PATH names what cannot be used.
    """
    directory = _named(environment) if environment.get(PATH) else None
    if environment.get(DEVICE) == "cpu":
        return Setup()
    try:
        cards = nvidia.cards(environment, root)
        if not cards or (directory is None and not _has_builds()):
            return Setup()
        card = _usable(cards, environment)
        if directory is None:
            directory = _own(project, card, environment, fetcher)
        return _setup(directory, card, environment)
    except nvidia.NoAnswer as problem:
        return Setup.without_gpu(f"The NVIDIA GPU of this machine is not used: {problem}, then run ./run gpu.")
    except NotUsed as problem:
        return Setup.without_gpu(str(problem))


def for_kernel(project, environment=os.environ):
    """The Setup of the kernel, which starts on the processor whatever is wrong and tells it by %device."""
    try:
        return choose(project, environment)
    except Refused as problem:
        return Setup.without_gpu(str(problem))


def _has_builds():
    return sys.platform in ("linux", "win32") and platform.machine() in ("x86_64", "AMD64")


def _usable(cards, environment):
    """The first card that libtorch can run on."""
    card = max(cards, key=lambda card: (card.capability or OLDEST_CAPABILITY) >= OLDEST_CAPABILITY)
    if nvidia.version(card.driver) < OLDEST_DRIVER:
        raise NotUsed(
            f"{card.name} is not used: its driver is {card.driver}, and libtorch {VERSION} needs"
            f" {nvidia.numbers(OLDEST_DRIVER)} or newer. Install a newer one (https://www.nvidia.com/drivers; on Ubuntu:"
            " sudo ubuntu-drivers install), then run ./run gpu."
        )
    if card.capability and card.capability < OLDEST_CAPABILITY:
        raise NotUsed(
            f"{card.name} is not used: its compute capability is {nvidia.numbers(card.capability)}, and libtorch {VERSION}"
            f" needs {nvidia.numbers(OLDEST_CAPABILITY)} or more. To have no more of this: export {DEVICE}=cpu"
        )
    hidden = environment.get("CUDA_VISIBLE_DEVICES")
    if hidden in ("", "-1"):
        raise NotUsed(f"{card.name} is not used: CUDA_VISIBLE_DEVICES hides it. Run: unset CUDA_VISIBLE_DEVICES")
    return card


def _named(environment):
    """The directory of the libraries that the user names."""
    named = environment[PATH]
    for place in map(Path, named.split(os.pathsep)):
        directory = place.parent if place.name == LIBRARY else place
        if (directory / LIBRARY).is_file():
            break
    else:
        raise Refused(f"{PATH} is {named}, but there is no {LIBRARY}. Name the folder torch/lib of PyTorch {VERSION}, or unset it.")
    found = _built(directory)[0] or environment.get("PYTORCH_VERSION") or "of an unknown version (PYTORCH_VERSION tells it)"
    if found != VERSION:
        raise Refused(
            f"{PATH} names a PyTorch {found}, but the native code of this project's engine is for {VERSION}."
            f" Install that one (pip install torch=={VERSION}), or run: unset {PATH}"
        )
    return directory


def _built(directory):
    """The version of PyTorch and that of its CUDA, as pip's package tells them, or the archive of libtorch; None for what is not told."""
    text = ""
    for file in (directory.parent / "version.py", directory.parent / "build-version"):
        if file.is_file():
            text = file.read_text()
            break
    version = re.search(r"\d+\.\d+\.\d+", text)
    cuda = re.search(r"\+cu(\d+)(\d)", text)
    return version and version.group(), cuda and (int(cuda.group(1)), int(cuda.group(2)))


def index_for(card, environment):
    """The package index to take the CUDA build from; None for pip's own."""
    if environment.get(INDEX):
        return environment[INDEX]
    if card.capability and card.capability >= BLACKWELL:
        return f"{INDEXES}/cu128"
    return f"{INDEXES}/cu126" if WINDOWS else None  # for Windows, pip's own index has builds without CUDA only


def _own(project, card, environment, fetcher):
    """The directory of the libraries in the project's own environment."""
    place = project / PLACE
    index = index_for(card, environment)
    mark = place / "installed"
    wanted = f"torch {VERSION} from {index or 'pip'}\n"
    if not mark.is_file() or mark.read_text() != wanted:
        if fetcher is None:
            raise NotUsed(f"{card.name} is not used: the CUDA build of libtorch {VERSION} was not fetched yet. Run: ./run gpu")
        why = " (compute capability 10.0 and more need a build for CUDA 12.8)" if index and index.endswith("cu128") else ""
        say(f"{card}: fetching libtorch {VERSION} for CUDA from {index or 'the package index of pip'}{why}.")
        say(f"About 3 GB are downloaded once, into {PLACE} (5 GB). {DEVICE}=cpu leaves it out; {INDEX} names another index.")
        fetcher(place, index)
        mark.write_text(wanted)
    return place / "packages" / "torch" / "lib"


def fetch(place, index):
    """Installs the CUDA build of PyTorch and the libraries that libtorch links to, for whichever version of Python."""
    free = shutil.disk_usage(place.parent).free
    if free < NEEDED_BYTES:
        raise Refused(
            f"The disk of {place.parent} has {free / 1e9:.1f} GB free, and {NEEDED_BYTES / 1e9:.0f} GB are needed."
            f" Free some, or run on the processor: {DEVICE}=cpu"
        )
    shutil.rmtree(place, ignore_errors=True)
    _run([sys.executable, "-m", "venv", place], dict(os.environ))
    target = place / "packages"
    python = place / ("Scripts/python.exe" if WINDOWS else "bin/python")
    options = ["--no-deps", "--only-binary=:all:", "--python-version=3.12", "--no-compile", "--disable-pip-version-check"]
    options += [f"--target={target}", *([f"--index-url={index}"] if index else [])]
    # Beside the target, so that pip moves what it has unpacked instead of copying it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(place))
    _run([python, "-m", "pip", "install", *options, f"torch=={VERSION}"], environment)
    libraries = _libraries(target)
    if libraries:
        _run([python, "-m", "pip", "install", *options, *libraries], environment)
    if not list((target / "torch" / "lib").glob("*torch_cuda.*")):
        raise Refused(f"The torch {VERSION} that pip installed has no CUDA. Name an index that has it, for example {INDEX}={INDEXES}/cu126")


def _libraries(target):
    """NVIDIA's packages that this build of torch asks for; libtorch links to all of them but nvtx, and to nothing else."""
    (metadata,) = target.glob("torch-*.dist-info/METADATA")
    asked = re.findall(r"^Requires-Dist: (nvidia-.+)", metadata.read_text(encoding="utf-8"), re.MULTILINE)
    return [requirement for requirement in asked if not requirement.startswith("nvidia-nvtx")]


def _run(command, environment):
    try:
        subprocess.run(list(map(str, command)), check=True, env=environment, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise Refused(
            "libtorch for CUDA could not be fetched; what went wrong stands above. Run it again,"
            f" or compute on the processor: {DEVICE}=cpu"
        ) from problem


def _setup(directory, card, environment):
    """The Setup for libraries that are there, if they are whole and have code for the card."""
    cuda = _built(directory)[1]
    if card.capability and card.capability >= BLACKWELL and cuda and cuda < (12, 8):
        raise NotUsed(
            f"{card.name} is not used: its compute capability {nvidia.numbers(card.capability)} needs a libtorch for CUDA 12.8,"
            f" and this one is for {nvidia.numbers(cuda)}. Run: env -u {PATH} {INDEX}={INDEXES}/cu128 ./run gpu"
        )
    missing = _missing(directory, environment)
    if missing == DRIVER_LIBRARY:
        raise NotUsed(
            f"{card.name} is not used: {missing}, a part of its driver, was not found. Install the driver again; a container"
            " gets it with NVIDIA_DRIVER_CAPABILITIES=compute,utility. Then run ./run gpu."
        )
    if missing:
        own = f"rm -r {PLACE}; ./run gpu" if directory.parents[2].name == PLACE else f"env -u {PATH} ./run gpu"
        raise NotUsed(f"{card.name} is not used: {missing}, which libtorch needs, was not found. Run: {own}")
    variables = {PATH: str(directory), "PYTORCH_VERSION": VERSION, "PYTORCH_FLAVOR": FLAVOR}
    if not WINDOWS and ALLOCATOR not in environment:
        # Segments that grow leave fewer gaps: 3 to 5 % less memory on an H200, in the same time.
        variables[ALLOCATOR] = "expandable_segments:True"
    # DJL counts GPUs through this library, for which it looks in the system's path and in that of JNA only.
    runtimes = sorted(directory.parents[1].glob("nvidia/*/lib/libcudart.so*"))
    runtime = runtimes[0].parent if runtimes else directory
    summary = f"{card}: libtorch {VERSION}{f' for CUDA {nvidia.numbers(cuda)}' if cuda else ''} in {directory}."
    return Setup(variables, (f"-Djna.library.path={runtime}",), directory if WINDOWS else None, summary)


def _missing(directory, environment):
    """The name of a library that is not there, or None."""
    if WINDOWS:
        return None if (directory / "torch_cuda.dll").is_file() else "torch_cuda.dll"
    ldd = shutil.which("ldd", path=environment.get("PATH"))
    for name in ENDS:
        if not (directory / name).is_file():
            return name
        asked = ldd and subprocess.run([ldd, directory / name], capture_output=True, text=True, env=dict(environment))
        absent = asked and re.search(r"(\S+) => not found", asked.stdout)
        if absent:
            return absent.group(1)
    return None


def say(message):
    """Tells the user something; standard output is read by bash."""
    print(message, file=sys.stderr, flush=True)


def main(arguments):
    """Fetches what is needed; the first argument says what is printed then."""
    if len(arguments) != 2 or arguments[0] not in ("environment", "fetch", "report"):
        return __doc__
    try:
        setup = choose(Path(arguments[1]), fetcher=fetch)
    except Refused as problem:
        return str(problem)
    if arguments[0] == "environment":
        print(setup.shell())
    elif setup.summary or arguments[0] == "report":
        say(setup.summary or "Tensors are computed on the processor: there is no NVIDIA GPU that may be used.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
