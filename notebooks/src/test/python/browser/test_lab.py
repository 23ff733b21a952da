"""Tests of what a person sees and does in JupyterLab. TEXT2IMAGE_BROWSER names a Chromium or Chrome."""

import os
import re
import tempfile
import time
import unittest

from lab import MINUTE, NUMBER, SECOND, SCREENSHOTS, Lab, as_typed, empty_notebook, source_of
from playwright.sync_api import expect, sync_playwright


LINES = """for (int i = 0; i < 100_000; i++) System.out.println("line " + i);
"printed"
"""

# What the page has of the first cell: the notebook's text, which is what is saved, and the last line that is painted.
TEXT = """() => {
    const outputs = window.jupyterapp.shell.currentWidget.content.widgets[0].model.outputs.toJSON();
    const painted = document.querySelector(".jp-CodeCell .jp-RenderedText pre").textContent;
    return [outputs.map(output => output.output_type), [outputs[0].text].flat().join(""), painted];
}"""

VALUES = """display(new int[] {1, 2, 3}); display(new double[100][100]); display(Thread.State.values());
record Point(int x, String name) {}
display(IntStream.range(0, 100).mapToObj(i -> new Point(i, "p" + i)).toArray());
display(IntStream.range(0, 2000).boxed().collect(java.util.stream.Collectors.toMap(i -> i, i -> "value " + i)));
display("x".repeat(200_000).substring(0, 300)); display(progress(3, "train"));
display(Map.of("a", new int[] {1})); display(IntStream.range(0, 200_000).boxed().toList());
"done"
"""


class BrowserTest(unittest.TestCase):
    """One server, one browser; a page for each test."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(directory.cleanup)
        cls.lab = Lab(directory.name)
        cls.addClassCleanup(cls.lab.close)
        playwright = sync_playwright().start()
        cls.addClassCleanup(playwright.stop)
        cls.browser = playwright.chromium.launch(
            executable_path=os.environ["TEXT2IMAGE_BROWSER"],
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],  # as containers and root need it
        )
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.page = self.browser.new_page(viewport={"width": 1280, "height": 900})
        self.page_errors = []
        self.page.on("pageerror", lambda error: self.page_errors.append(str(error)))

    def tearDown(self):
        self.page.screenshot(path=SCREENSHOTS / f"end-of-{self._testMethodName}.png")  # shows why it failed, if it did
        self.page.evaluate("window.jupyterapp?.serviceManager.sessions.shutdownAll()")
        self.page.close()
        self.assertEqual(self.page_errors, [])

    def open(self, name, notebook):
        return self.lab.open(self.page, name, notebook)

    def test_notebooks_run_from_top_to_bottom(self):
        for name in ("setup-check", "training-loop", "sampling"):
            with self.subTest(name):
                notebook = self.open(name, as_typed(source_of(name)))
                notebook.run_all()
                notebook.expect_all_run()
                self.expect_pictures(notebook)
                notebook.screenshot(name, whole=True)

    def expect_pictures(self, notebook):
        """There are some, and each is one that the browser can paint."""
        images = self.page.locator(".jp-OutputArea-output img")
        expect(images).not_to_have_count(0)
        broken = images.evaluate_all("all => all.filter(image => image.complete && image.naturalWidth === 0).length")
        self.assertEqual(broken, 0)

    def test_restart_and_run_all(self):
        notebook = self.open("restart", as_typed(source_of("setup-check")))
        notebook.run_all()
        notebook.expect_all_run()
        first = notebook.cells.first
        notebook.run(first)
        expect(notebook.prompt(first)).to_have_text(f"[{notebook.cells.count() + 1}]:")
        notebook.restart_and_run_all()
        expect(notebook.prompt(first)).to_have_text("[1]:", timeout=MINUTE)
        expect(notebook.prompt(notebook.cells.last)).to_have_text(f"[{notebook.cells.count()}]:", timeout=MINUTE)
        self.assertEqual(notebook.problems(), [])

    def test_training_shows_its_progress_and_stops(self):
        notebook = self.open("training", as_typed(source_of("training-loop"), in_full))
        training = notebook.containing(re.compile("[lL]iveChart"))
        notebook.run_all()
        expect(training.locator("progress")).to_be_visible(timeout=2 * MINUTE)
        bar = training.locator(".jp-OutputArea-output", has=self.page.locator("progress"))
        chart = training.locator(".jp-OutputArea-output img")
        for _ in range(3):
            expect(bar).not_to_have_text(bar.inner_text(), timeout=MINUTE)
            expect(chart).not_to_have_attribute("src", chart.get_attribute("src"), timeout=MINUTE)
        bar.scroll_into_view_if_needed()
        notebook.screenshot("training-in-progress")
        self.assertEqual(notebook.prompt(training).inner_text(), "[*]:")
        pressed = time.monotonic()
        notebook.toolbar("interrupt")
        expect(notebook.prompt(training)).to_have_text(NUMBER, timeout=10 * SECOND)
        print(f"Stop ended the training in {time.monotonic() - pressed:.2f} s", flush=True)
        notebook.screenshot("training-stopped")
        last = notebook.cells.last
        notebook.edit(last, "6 * 7")
        notebook.run(last)
        expect(last.locator(".jp-OutputArea-output")).to_have_text("42", timeout=MINUTE)

    def test_printed_lines_all_arrive(self):
        notebook = self.open("lines", empty_notebook())
        cell = notebook.cells.first
        notebook.edit(cell, LINES)
        pressed = time.monotonic()
        notebook.run(cell)
        expect(cell.locator(".jp-OutputArea-output").last).to_have_text("printed", timeout=MINUTE)
        print(f"100,000 lines were there after {time.monotonic() - pressed:.2f} s", flush=True)
        kinds, text, painted = self.page.evaluate(TEXT)
        self.assertEqual(kinds, ["stream", "execute_result"])
        lines = "".join(f"line {i}\n" for i in range(100_000))
        self.assertTrue(text == lines and painted == lines, f"{text[-40:]!r} ... {painted[-40:]!r}")

    def test_how_values_look(self):
        """For the eye: the screenshot."""
        notebook = self.open("values", empty_notebook())
        cell = notebook.cells.first
        notebook.edit(cell, VALUES)
        notebook.run(cell)
        expect(cell.locator(".jp-OutputArea-output").last).to_have_text("done", timeout=MINUTE)
        self.assertEqual(notebook.problems(), [])
        notebook.screenshot("values", whole=True)

    def test_the_kernels_to_choose_from(self):
        self.page.goto(f"{self.lab.server['url']}lab/workspaces/choice?token={self.lab.server['token']}")
        names = self.page.locator(".jp-LauncherCard[data-category='Notebook'] .jp-LauncherCard-label")
        expect(names).to_have_text(["Python 3 (ipykernel)", "Java (text2image)"], timeout=MINUTE)

    def test_completion_and_documentation(self):
        notebook = self.open("editor", empty_notebook())
        cell = notebook.cells.first
        notebook.edit(cell, "Charts.")
        self.page.keyboard.press("Tab")
        completer = self.page.locator(".jp-Completer")
        expect(completer.get_by_text("histogram").first).to_be_visible(timeout=MINUTE)
        notebook.screenshot("completion")
        self.page.keyboard.press("Escape")
        notebook.edit(cell, "Charts.histogram")
        self.page.keyboard.press("ArrowLeft")
        self.page.keyboard.press("Shift+Tab")
        expect(self.page.locator(".jp-Tooltip")).to_contain_text("histogram(", timeout=MINUTE)
        notebook.screenshot("documentation")


def in_full(source):
    """A cell with the settings that a person gets, which are not the short ones of the tests."""
    return source.replace('"1".equals(System.getenv("TEXT2IMAGE_SMOKE"))', "false")


if __name__ == "__main__":
    unittest.main()
