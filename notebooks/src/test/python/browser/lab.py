"""A JupyterLab with settings of its own, and notebooks in it as a person handles them in a browser."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import expect

PROJECT = Path(__file__).resolve().parents[5]
SCREENSHOTS = PROJECT / "out" / "screenshots"
SECOND = 1000  # playwright counts milliseconds
MINUTE = 60 * SECOND
HIGHEST = 16_000  # pixels that a browser paints at once

# Every cell is in the page, wherever the page is scrolled to.
SETTINGS = {"notebook-extension/tracker": {"windowingMode": "none"}}

NUMBER = re.compile(r"\[\d+\]")  # what stands left of a cell that was run; [*] while it runs

CONNECTED = """() => {
    const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return context?.isReady && context.session?.kernel?.connectionStatus === "connected";
}"""

ERRORS = (
    '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"],'
    '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]'
)


def source_of(name):
    """The file of a notebook of the project, by its name without the number."""
    (file,) = (PROJECT / "notebooks").glob(f"[0-9][0-9]-{name}.ipynb")
    return file


def as_typed(file, change=lambda source: source):
    """A notebook without outputs, so that nothing saved can pass for new; `change` may rewrite its cells."""
    notebook = json.loads(file.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None, source=change("".join(cell["source"])))
    return notebook


def empty_notebook():
    """A notebook with one empty cell and the project's kernel."""
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "", "id": "cell"}
    metadata = as_typed(source_of("setup-check"))["metadata"]
    return {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


class Lab:
    """A running server; its root holds the notebooks given to it, beside the project's data and models."""

    def __init__(self, directory):
        self.home = Path(directory)
        self.root = self.home / "notebooks"
        self.root.mkdir()
        for name in ("data", "models"):
            (self.root / name).symlink_to(PROJECT / "notebooks" / name)
        self.write_settings()
        self.log = (self.home / "server.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0",
             "--expose-app-in-browser", f"--ServerApp.root_dir={self.root}"],
            env=self.environment(), stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        self.server = self.wait_until_it_listens()

    def environment(self):
        """The server's environment: nothing of the user's own Jupyter, and short notebooks."""
        places = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
        own = {f"JUPYTER_{place}": str(self.home / place) for place in places}
        own |= {f"JUPYTERLAB_{place}": str(self.home / place) for place in ("SETTINGS_DIR", "WORKSPACES_DIR")}
        return os.environ | own | {"IPYTHONDIR": str(self.home / "ipython"), "TEXT2IMAGE_SMOKE": "1"}

    def write_settings(self):
        for plugin, values in SETTINGS.items():
            file = self.home / "SETTINGS_DIR" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(values))

    def wait_until_it_listens(self):
        """What the server says of itself once it is there."""
        end = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < end:
            for file in (self.home / "RUNTIME_DIR").glob("jpserver-*.json"):
                return json.loads(file.read_text())
            time.sleep(0.1)
        self.close()
        raise AssertionError("JupyterLab did not start:\n" + (self.home / "server.log").read_text("utf-8"))

    def close(self):
        """Ends the server, which ends its kernels."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()

    def open(self, page, name, notebook):
        """Writes a notebook into the root and opens it in a workspace of its own, where no other tab is."""
        (self.root / f"{name}.ipynb").write_text(json.dumps(notebook), "utf-8")
        page.goto(f"{self.server['url']}lab/workspaces/{name}/tree/{name}.ipynb?token={self.server['token']}")
        return Notebook(page)


class Notebook:
    """A notebook that is open in a browser's page."""

    def __init__(self, page):
        self.page = page
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")
        self.cells.first.wait_for(timeout=MINUTE)
        # Before that, running cells would ask which kernel to take.
        page.wait_for_function(CONNECTED, timeout=MINUTE)

    def menu(self, *names):
        for name in names:
            self.page.get_by_role("menuitem", name=name, exact=True).click()

    def toolbar(self, name):
        """Presses a button of the notebook's toolbar."""
        self.page.locator(f".jp-NotebookPanel-toolbar [data-jp-item-name='{name}']").click()

    def run_all(self):
        self.menu("Run", "Run All Cells")

    def restart_and_run_all(self):
        """Presses the double arrow and confirms."""
        self.toolbar("restart-and-run")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()

    def prompt(self, cell):
        """What stands left of a cell: its number, or [*] while it runs."""
        return cell.locator(".jp-InputArea-prompt")

    def expect_all_run(self, timeout=5 * MINUTE):
        """Waits until every cell has a number; an error, which would keep the cells after it from running, is raised."""
        done = self.cells.filter(has=self.page.locator(".jp-InputArea-prompt", has_text=NUMBER))
        failed = self.page.locator(ERRORS)
        last = done.nth(self.cells.count() - 1)
        expect(last.or_(failed).first).to_be_visible(timeout=timeout)
        assert self.problems() == [], "\n".join(self.problems())

    def problems(self):
        """The texts of errors, and of all that cells wrote to stderr."""
        return self.page.locator(ERRORS).all_inner_texts()

    def containing(self, text):
        """The code cell with this in its source."""
        return self.cells.filter(has=self.page.locator(".jp-InputArea-editor", has_text=text))

    def edit(self, cell, code):
        """Replaces the text of a cell and leaves the cursor at its end."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(code)

    def run(self, cell):
        """Runs a cell by the keyboard, as most people do, and stays in it."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+Enter")

    def screenshot(self, name, whole=False):
        """Keeps a picture of the window, or of one that is as high as the notebook."""
        size = self.page.viewport_size
        if whole:
            cells = self.page.locator(".jp-Notebook .jp-Cell").evaluate_all("all => all.map(cell => cell.offsetHeight)")
            self.page.set_viewport_size({"width": size["width"], "height": min(HIGHEST, sum(cells) + 200)})
            self.page.locator(".jp-Notebook .jp-Cell").first.scroll_into_view_if_needed()
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")
        self.page.set_viewport_size(size)
