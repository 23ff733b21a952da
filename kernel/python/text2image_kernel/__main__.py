"""`python -m text2image_kernel CONNECTION_FILE` runs the kernel; `... install --sys-prefix` installs its kernelspec."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import java, launch, libtorch, machine


def run(connection_file):
    """Becomes the kernel's JVM."""
    executable, version = java.find()
    setup = libtorch.for_kernel(launch.project_directory())
    command = launch.command(executable, version, connection_file, setup.options)
    environment = launch.process_environment(
        machine.memory_limit(), machine.processor_limit(), machine.visible_processors(), setup.environment(os.environ)
    )
    if os.name == "nt":  # Windows cannot replace a process
        environment["JPY_PARENT_PID"] = str(os.getpid())  # Jupyter's is a handle; the JVM ends with this process
        return subprocess.call(command, env=environment)
    os.execve(command[0], command, environment)


def install(arguments):
    """Installs the kernelspec and JupyterLab's settings."""
    from .install import install as install_kernelspec

    parser = argparse.ArgumentParser(prog="python -m text2image_kernel install")
    parser.add_argument(
        "--sys-prefix", action="store_true", required=True, help="install into this Python environment, and nowhere else"
    )
    parser.add_argument(
        "--project",
        type=Path,
        default=Path(__file__).resolve().parents[3],
        help="the checkout whose jars the kernel loads (default: the one that holds this package)",
    )
    options = parser.parse_args(arguments)
    java.find()
    print(f"Installed the kernel in {install_kernelspec(options.project.resolve())}.")


def main(arguments):
    """Runs one of the two, and says what is missing in one sentence."""
    try:
        if arguments[:1] == ["install"]:
            return install(arguments[1:])
        if len(arguments) == 1 and not arguments[0].startswith("-"):
            return run(arguments[0])
        return __doc__
    except (java.NoJava, launch.NotBuilt) as problem:
        return str(problem)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
