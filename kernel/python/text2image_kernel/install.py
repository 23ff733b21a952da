"""Installs the kernelspec and the settings of JupyterLab."""

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_client.kernelspec import KernelSpecManager

from . import launch

NAME = "text2image"
DISPLAY_NAME = "Java (text2image)"
SETTINGS = {"overrides.json": "share/jupyter/lab/settings", "jupyter_server_config.json": "etc/jupyter"}


def kernelspec(project):
    """The content of kernel.json."""
    return {
        "argv": [sys.executable, "-m", "text2image_kernel", "{connection_file}"],
        "display_name": DISPLAY_NAME,
        "language": "java",
        "interrupt_mode": "message",
        "env": {
            launch.PROJECT: str(project),
            "DJL_OFFLINE": "true",
            "OPT_OUT_TRACKING": "true",
        },
        "metadata": {"debugger": False},
    }


def install(project, prefix=sys.prefix):
    """Writes kernelspec and settings below a prefix, in place of older ones, and returns the directory of the kernelspec."""
    if not (project / "kernel" / "pom.xml").is_file():
        raise launch.NotBuilt(f"{project} is not a checkout of this project; it has no kernel/pom.xml.")
    for name, place in SETTINGS.items():
        (Path(prefix) / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(project / "kernel" / "python" / name, Path(prefix) / place)
    with TemporaryDirectory() as directory:
        (Path(directory) / "kernel.json").write_text(json.dumps(kernelspec(project), indent=2) + "\n")
        return KernelSpecManager().install_kernel_spec(directory, kernel_name=NAME, prefix=str(prefix))
