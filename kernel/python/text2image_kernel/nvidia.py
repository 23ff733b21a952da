"""The NVIDIA GPUs of the machine, as their driver tells of them."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

# The field compute_cap is unknown to drivers before 510, which are asked for the others only.
FIELDS = "name,driver_version,memory.total"
CAPABILITY = "compute_cap"
WINDOWS_SUBSYSTEM = "/usr/lib/wsl/lib"  # where Linux under Windows has what belongs to the driver
VENDOR = "0x10de"
DISPLAY_CLASS = "0x03"


class NoAnswer(Exception):
    """There is a GPU, but nothing is to be learnt of it; the message is what follows "is not used: "."""


@dataclass(frozen=True)
class Card:
    """A GPU: its name, the version of its driver, its memory in MiB and its compute capability, None if that is not told."""

    name: str
    driver: str
    memory: int
    capability: tuple | None

    def __str__(self):
        capability = f", compute capability {numbers(self.capability)}" if self.capability else ""
        return f"{self.name}, {self.memory / 1024:.1f} GiB, driver {self.driver}{capability}"


def version(text):
    """The numbers of a version, for example (525, 60, 13)."""
    return tuple(map(int, re.findall(r"\d+", text)))


def numbers(version):
    """A version as text."""
    return ".".join(map(str, version))


def cards(environment, root=Path("/")):
    """The GPUs, in the order of nvidia-smi; none where there is no NVIDIA GPU. Raises NoAnswer where there is one without a driver."""
    path = environment.get("PATH", "")
    tool = shutil.which("nvidia-smi", path=path) or shutil.which("nvidia-smi", path=str(root) + WINDOWS_SUBSYSTEM)
    if not tool:
        if _on_the_bus(root):
            raise NoAnswer(
                "it has no driver, or this container does not see it (there is no nvidia-smi). Install the driver"
                " (https://www.nvidia.com/drivers), or start the container with its GPUs"
            )
        return []
    asked = _ask(tool, f"{FIELDS},{CAPABILITY}", environment)
    if asked.returncode != 0:
        asked = _ask(tool, FIELDS, environment)
    if asked.returncode != 0:
        words = (asked.stdout + asked.stderr).strip().splitlines()[:1] or ["nothing"]
        if "No devices" in words[0]:
            return []
        raise NoAnswer(f'its driver does not answer. nvidia-smi says: "{words[0]}". Restart the machine or install the driver again')
    return [_card(line.split(", ")) for line in asked.stdout.strip().splitlines()]


def _ask(tool, fields, environment):
    command = [tool, f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(environment))
    except (OSError, subprocess.TimeoutExpired) as problem:
        return subprocess.CompletedProcess(command, 1, "", str(problem))


def _card(fields):
    name, driver, memory = fields[:3]
    capability = version(fields[3]) if len(fields) > 3 else ()
    return Card(name, driver, int(memory) if memory.isdigit() else 0, capability or None)


def _on_the_bus(root):
    """Whether a display controller of NVIDIA is on the PCI bus, as Linux lists it."""
    for device in root.glob("sys/bus/pci/devices/*"):
        try:
            vendor, kind = ((device / name).read_text() for name in ("vendor", "class"))
        except OSError:
            continue
        if vendor.startswith(VENDOR) and kind.startswith(DISPLAY_CLASS):
            return True
    return False
