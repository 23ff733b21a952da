"""Tests of what a user of a notebook touches: magics, helpers and how values look, in the running kernel."""

import os
import re
import sys
import tempfile
import unittest
from pathlib import Path

from session import Session, of_type

SHOWN = ("display_data", "update_display_data")


class ToolsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = Session()
        cls.addClassCleanup(cls.session.close)

    def shown(self, code):
        """The last state of each thing that a cell displays, as text."""
        states = {}
        for kind, content in self.session.run(code):
            if kind in SHOWN:
                states[content["transient"]["display_id"]] = content["data"]["text/plain"]
        return list(states.values())

    def test_a_loop_shows_its_progress(self):
        (bar,) = self.shown('var steps = progress(3, "train"); for (int i : steps) steps.note("loss %d", i);')
        self.assertRegex(bar, r"^train 3/3 \[.*\] done  loss 2$")
        (bar,) = self.shown('for (var word : progress(List.of("a", "b"))) { word.length(); }')
        self.assertRegex(bar, r"^2/2 \[.*\] done$")

    def test_a_loop_that_is_left_says_so(self):
        (bar,) = self.shown('for (int i : progress(9, "search")) { if (i == 4) break; }')
        self.assertRegex(bar, r"^search 4/9 \[.*\] stopped$")
        (bar,) = self.shown('for (int i : progress(9, "fail")) { if (i == 2) throw new IllegalStateException(); }')
        self.assertRegex(bar, r"^fail 2/9 \[.*\] stopped$")
        self.session.run('void inMethod() { for (int i : progress(9, "method")) { if (i == 1) return; } }')
        (bar,) = self.shown("inMethod();")
        self.assertRegex(bar, r"^method 1/9 \[.*\] stopped$")

    def test_a_statement_that_a_cell_evaluates_does_not_end_its_bars(self):
        (bar,) = self.shown('for (int i : progress(3, "outer")) { eval("1 + 1"); Thread.sleep(150); }')
        self.assertRegex(bar, r"^outer 3/3 \[.*\] done$")

    def test_stop_ends_a_loop_with_progress(self):
        def stop_once_running(message):
            if message[0] == "display_data":
                self.session.interrupt()

        messages = self.session.run(
            'for (int i : progress(1 << 30, "long")) { Thread.sleep(1); }', on_message=stop_once_running
        )
        self.assertEqual(
            [error["ename"] for error in of_type(messages, "error")], ["EvaluationInterruptedException"]
        )
        (bar,) = self.shown('for (int i : progress(2, "next")) { }')
        self.assertRegex(bar, r"^next 2/2 \[.*\] done$")

    def test_a_live_chart_draws_its_last_points_without_being_closed(self):
        messages = self.session.run(
            'var chart = liveChart("Loss", "step", "loss"); for (int i = 0; i < 9; i++) chart.add(i, 1.0 / (1 + i));'
        )
        pictures = [content["data"]["image/png"] for kind, content in messages if kind in SHOWN]
        self.assertGreaterEqual(len(pictures), 2)
        self.assertNotEqual(pictures[0], pictures[-1])
        self.assertEqual(self.session.text("chart"), "Loss: step 8, loss 0.111111")

    def test_grids_and_comparisons(self):
        self.session.run("var image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);")
        self.assertEqual(self.session.text('grid(List.of(image, image), List.of("a", "b"))'), "2 images: a, b")
        self.assertEqual(self.session.text("sideBySide(image, image)"), "2 images: before, after")
        self.assertIn("image/png", self.session.data("List.of(image, image)"))
        (error,) = of_type(self.session.run('grid("text")'), "error")
        self.assertIn("These are no images: String", "\n".join(error["traceback"]))

    def test_who_lists_variables(self):
        self.session.run(
            "var manager1 = NDManager.newBaseManager(); var array1 = manager1.ones(new Shape(2, 3));"
            ' var words1 = List.of("a", "b"); int[] numbers1 = {1, 2, 3}; double rate1 = 0.5; String nothing1 = null;'
            ' var table1 = Table.create("t", IntColumn.create("step", 1, 2)); record P(int x) {} var point1 = new P(1);'
        )
        data = self.session.data("%who")
        rows = {row.split()[0]: re.split(r"\s{2,}", row) for row in data["text/plain"].splitlines()}
        self.assertEqual(rows["array1"][1:], ["NDArray", "(2, 3)", "float32 on cpu"])
        self.assertEqual(rows["words1"][1:], ["List<String>", "2", "of String"])
        self.assertEqual(rows["numbers1"][1:], ["int[]", "3", "[1, 2, 3]"])
        self.assertEqual(rows["rate1"][1:], ["double", "0.5"])
        self.assertEqual(rows["nothing1"][1:], ["String", "null"])
        self.assertEqual(rows["table1"][1:], ["Table", "2 x 1", "step"])
        self.assertEqual(rows["point1"][1:], ["P", "P[x=1]"])
        self.assertIn("<table>", data["text/html"])

    def test_env_sets_for_java_and_for_children(self):
        self.assertIn("PATH", self.session.text("%env"))
        self.session.run("%env T2I_TEST=a b")
        self.assertEqual(self.session.text('System.getenv("T2I_TEST")'), "a b")
        self.assertEqual(self.session.text("%env T2I_TEST"), "T2I_TEST  a b")
        child = 'new String(new ProcessBuilder("sh", "-c", "echo $T2I_TEST").start().getInputStream().readAllBytes())'
        self.assertEqual(self.session.text(child).strip(), "a b")

    def test_text_blocks_may_hold_percent_signs(self):
        block = '\n'.join(['"""', '    %d steps', '    x=%s""".formatted(3, "y")'])
        self.assertEqual(self.session.text(block), "3 steps\nx=y")
        self.session.run("%%time\nString timed = " + block + ";")
        self.assertEqual(self.session.text("timed"), "3 steps\nx=y")

    def test_the_other_magics(self):
        self.assertIn("Java heap", self.session.text("%memory"))
        self.assertRegex(self.session.text("%device"), r"device +(cpu|cuda)")
        self.assertIn("sideBySide", self.session.text("%help"))

    @unittest.skipUnless(sys.platform == "linux", "the stand-in for the driver is a shell script")
    def test_device_says_why_a_gpu_is_not_used(self):
        with tempfile.TemporaryDirectory() as tools:
            driver = Path(tools, "nvidia-smi")
            driver.write_text('#!/bin/sh\necho "NVIDIA H200, 470.82, 143771, 9.0"\n')
            driver.chmod(0o755)
            with Session({"PATH": tools + os.pathsep + os.environ["PATH"]}) as session:
                told = session.text("%device")
        self.assertRegex(told, r"device +cpu")
        self.assertRegex(told, "NVIDIA H200 is not used: .*driver is 470.82")

    def test_waiting_threads_of_the_kernel_spin_for_a_moment_at_most(self):
        self.assertEqual(self.session.text('System.getenv("OMP_WAIT_POLICY")'), "PASSIVE")


if __name__ == "__main__":
    unittest.main()
