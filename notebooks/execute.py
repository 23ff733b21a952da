#!/usr/bin/env python3
"""Executes notebooks in order with the real kernel, each in a fresh one, and reports each cell.

    python notebooks/execute.py                    all of them, into out/notebooks
    python notebooks/execute.py 00-setup-check     some of them
    python notebooks/execute.py --save             also writes the outputs into the notebooks themselves
    python notebooks/execute.py --memory-limit 2g  as on Binder: says how much memory each takes, and fails over the limit
    python notebooks/execute.py --check            executes nothing and says which saved outputs are stale

A notebook runs in the directory that holds it, as in JupyterLab, and writes below out/tutorials, which is emptied before
all of them are executed. With TEXT2IMAGE_SMOKE=1 in the environment the notebooks use their smallest settings, which is
how the tests run them. The exit code is 0 only if every cell of every notebook ran, and the pictures of a full run are as good
as its tutorial promises.
"""

import argparse
import contextlib
import functools
import os
import shutil
import sys
import time
from pathlib import Path

import memory
import nbformat
import saved_outputs
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from text2image_kernel import launch

HERE = Path(__file__).resolve().parent
TUTORIALS = HERE.parent / "out" / "tutorials"
KERNEL = "text2image"
SMOKE = os.environ.get("TEXT2IMAGE_SMOKE") == "1"


def first_line(source, width=72):
    """What to call a cell: its first line of code."""
    lines = [line.strip() for line in source.splitlines()]
    line = next((line for line in lines if line and not line.startswith(("//", "import "))), "")
    return line if len(line) <= width else line[: width - 1] + "…"


def normalise(notebook):
    """Drops what differs from run to run and says nothing to a reader."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Java (text2image)", "language": "java", "name": KERNEL},
        "language_info": {"file_extension": ".jshell", "mimetype": "text/x-java-source", "name": "java"},
    }
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
        for output in cell.get("outputs", []):
            output.pop("transient", None)
    return notebook


class Reporter:
    """Prints a line for each cell."""

    def __init__(self, notebook):
        self.total = sum(is_code(cell) for cell in notebook.cells)
        self.done = 0
        self.start = 0.0

    def cell_start(self, cell, cell_index):
        self.start = time.monotonic()
        if is_code(cell) and sys.stdout.isatty():
            print(f"  {self.done + 1:2}/{self.total}    ...    {first_line(cell.source)}", end="\r", flush=True)

    def cell_end(self, cell, cell_index, execute_reply):
        self.done += 1
        seconds = time.monotonic() - self.start
        print(f"  {self.done:2}/{self.total} {seconds:7.1f} s  {first_line(cell.source)}", flush=True)


def is_code(cell):
    """True for a cell that the kernel runs."""
    return cell.cell_type == "code" and bool(cell.source.strip())


def show_failure(name, notebook, problem):
    """Prints the cell that failed and how."""
    failed = next((c for c in notebook.cells if any(o.output_type == "error" for o in c.get("outputs", []))), None)
    print(f"\n{name} failed.", file=sys.stderr)
    if failed is None:
        print(problem, file=sys.stderr)
        return
    print("\n".join("    " + line for line in failed.source.splitlines()), file=sys.stderr)
    for output in failed.outputs:
        if output.output_type == "error":
            print("\n".join(output.traceback), file=sys.stderr)


def execute(path, target, timeout):
    """Executes one notebook into a file; returns whether it succeeded."""
    notebook = nbformat.read(path, as_version=4)
    reporter = Reporter(notebook)
    print(f"{path.stem}: {reporter.total} code cells", flush=True)
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL,
        timeout=timeout,
        startup_timeout=180,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=reporter.cell_start,
        on_cell_executed=reporter.cell_end,
    )
    succeeded = True
    try:
        client.execute()
    except (CellExecutionError, DeadKernelError, TimeoutError, RuntimeError) as problem:
        show_failure(path.stem, notebook, problem)
        succeeded = False
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    nbformat.write(normalise(notebook), part)
    os.replace(part, target)
    return succeeded


def imitate(limit):
    """Gives kernels the options and the environment that they get on a machine with so much memory."""
    options = [*launch.memory_flags(limit), os.environ.get("TEXT2IMAGE_JVM_OPTS", "")]
    os.environ.update({"TEXT2IMAGE_JVM_OPTS": " ".join(options), **launch.memory_settings(limit)})


def execute_within(limit, server, path, target, timeout):
    """The same beside a running server; using more memory than the limit is a failure too."""
    with memory.Watch(server) as watch:
        succeeded = execute(path, target, timeout)
    print(watch.report(limit), flush=True)
    if watch.total > limit:
        print(f"{path.stem} takes too much memory.", file=sys.stderr)
    return succeeded and watch.total <= limit


def execute_all(paths, options):
    """Executes notebooks one after another up to the first that fails; returns the exit code."""
    with contextlib.ExitStack() as stack:
        run = execute
        if options.memory_limit:
            imitate(options.memory_limit)
            run = functools.partial(execute_within, options.memory_limit, stack.enter_context(memory.Server()))
        for path in paths:
            target = options.out / path.name
            if not run(path, target, options.timeout):
                return 1
            worse = None if SMOKE else saved_outputs.decline(path, target)
            if worse:
                print(f"{path.stem} {worse}.", file=sys.stderr)
                return 1
            if options.save:
                saved_outputs.save(target, path)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks, without .ipynb (default: all)")
    parser.add_argument("--out", type=Path, default=HERE.parent / "out" / "notebooks", help="where the results go")
    parser.add_argument("--save", action="store_true", help="write the outputs into the notebooks themselves too")
    parser.add_argument("--check", action="store_true", help="only tell which saved outputs are stale")
    parser.add_argument("--timeout", type=int, help="the seconds that a cell may take (default: no limit)")
    parser.add_argument("--memory-limit", type=memory.size, metavar="SIZE", help="the memory of the machine to imitate")
    options = parser.parse_args()
    paths = [HERE / f"{Path(name).stem}.ipynb" for name in options.names] or sorted(HERE.glob("*.ipynb"))
    missing = [path.stem for path in paths if not path.is_file()]
    if missing:
        parser.error(f"there is no notebook {', '.join(missing)}; choose from "
                     + ", ".join(path.stem for path in sorted(HERE.glob("*.ipynb"))))
    if options.check:
        return saved_outputs.check(paths)
    if options.save and SMOKE:
        parser.error("--save keeps the outputs of full runs; unset TEXT2IMAGE_SMOKE")
    if not options.names:
        shutil.rmtree(TUTORIALS, ignore_errors=True)
    return execute_all(paths, options)


if __name__ == "__main__":
    sys.exit(main())
