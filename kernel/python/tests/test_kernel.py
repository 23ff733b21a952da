"""Tests of the running kernel: JJava's wheel with this project's extension."""

import base64
import struct
import threading
import unittest

from session import Session, of_type

SHOWN = ("display_data", "update_display_data")


class KernelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = Session()
        cls.addClassCleanup(cls.session.close)

    def test_values_have_a_picture_and_a_text(self):
        array = self.session.data("NDManager.newBaseManager().arange(6f).reshape(2, 3)")
        self.assertIn("NDArray (2, 3) float32 on", array["text/plain"])
        self.assertIn("<b>NDArray (2, 3) float32", array["text/html"])
        table = self.session.data('Table.create("t", IntColumn.create("step", 1, 2))')
        self.assertIn("<table>", table["text/html"])
        self.session.run("record Config(int steps) {}")
        self.assertEqual(self.session.text("new Config(3)"), "Config\n  steps = 3")

    def test_charts_and_grids_are_sharp_and_of_normal_size(self):
        for code in (
            'Charts.lines("Loss", "step", "loss", Line.of("a", 1, 2))',
            "ImageGrid.of(List.of(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB)), List.of())",
        ):
            (result,) = of_type(self.session.run(code), "execute_result")
            width, height = struct.unpack(">II", base64.b64decode(result["data"]["image/png"])[16:24])
            self.assertEqual(result["metadata"]["image/png"], {"width": width // 2, "height": height // 2})
            self.assertNotIn("@", result["data"]["text/plain"])

    def test_small_images_are_shown_as_they_are(self):
        (result,) = of_type(
            self.session.run("new BufferedImage(8, 4, BufferedImage.TYPE_INT_RGB)"), "execute_result"
        )
        self.assertEqual(result["data"]["text/plain"], "image 8 x 4")
        self.assertFalse(result["metadata"])

    def test_the_engine_starts_without_a_word(self):
        messages = self.session.run("NDManager.newBaseManager().ones(new Shape(2)).sum().getFloat()")
        self.assertEqual(of_type(messages, "stream"), [])
        self.assertEqual(of_type(messages, "error"), [])

    def test_a_bar_is_updated_in_place(self):
        messages = self.session.run(
            'try (var p = Progress.start("train", 3)) { for (int i = 0; i < 3; i++) p.step("loss " + i); }'
        )
        shown = [content for kind, content in messages if kind in SHOWN]
        self.assertEqual(len(of_type(messages, "display_data")), 1)
        self.assertEqual(len({content["transient"]["display_id"] for content in shown}), 1)
        self.assertRegex(shown[-1]["data"]["text/plain"], r"train 3/3 \[.*\] done  loss 2")
        self.assertIn("<progress", shown[-1]["data"]["text/html"])

    def test_a_live_chart_is_updated_in_place(self):
        messages = self.session.run(
            'try (var c = LiveChart.of("Loss", "step", "loss")) { for (int i = 0; i < 9; i++) c.add("loss", i, 1); }'
        )
        shown = [content for kind, content in messages if kind in SHOWN]
        self.assertEqual(len(of_type(messages, "display_data")), 1)
        self.assertGreaterEqual(len(shown), 2)
        self.assertIn("image/png", shown[-1]["data"])

    def stop(self, loop):
        """Runs an endless loop that counts in x, stops it, and checks that it ended and the kernel goes on."""
        self.session.run("long x = 0;")
        interrupted = False

        def interrupt_once_running(message):
            nonlocal interrupted
            kind, content = message
            if kind == "stream" and not interrupted:
                interrupted = True
                # Known defect, cause not found: a Stop at the very moment of output or of the engine's first load can be lost.
                # So this tests a Stop in the middle of a loop only.
                threading.Timer(1, self.session.interrupt).start()

        # A block is one snippet; JJava overlooks a Stop that comes between two snippets of a cell.
        block = '{ System.out.println("running"); ' + loop + " }"
        messages = self.session.run(block, 30, interrupt_once_running)
        self.assertEqual(
            [error["ename"] for error in of_type(messages, "error")], ["EvaluationInterruptedException"]
        )
        still = self.session.text("long before = x; Thread.sleep(700); x - before")
        self.assertEqual(still, "0", "the loop runs on in the background")

    def test_stop_ends_a_loop_of_the_library(self):
        self.stop(
            'try (var p = Progress.start("train", 100000))'
            " { for (int i = 0; i < 100000; i++) { Thread.sleep(5); x++; p.step(); } }"
        )

    def test_stop_ends_loops_in_compiled_code_that_report_progress(self):
        self.session.run(
            "class Trainer { static void run(Runnable step) { java.util.stream.LongStream.range(0, Long.MAX_VALUE)"
            ".forEach(i -> { step.run(); dev.text2image.progress.Progress.checkInterrupted(); }); } }"
        )
        self.stop("Trainer.run(() -> x++);")

    def test_stop_ends_loops_of_the_user(self):
        for loop in (
            "while (true) x++;",
            "do { x++; } while (x > 0);",
            "for (;;) for (int i = 0; i < 10; i++) x++;",
            "IntStream.generate(() -> 1).forEach(i -> x += i);",
        ):
            with self.subTest(loop):
                self.stop(loop)

    def test_stop_ends_loops_over_native_calls(self):
        self.session.run("NDManager.newBaseManager().ones(new Shape(2)).sum().getFloat()")
        self.stop(
            "try (var m = NDManager.newBaseManager()) { var a = m.ones(new Shape(64, 64));"
            " while (true) { try (var b = a.matMul(a)) { x++; } } }"
        )

    def test_an_error_is_reported_and_the_kernel_goes_on(self):
        (error,) = of_type(self.session.run("int zero = 0; 1 / zero"), "error")
        self.assertIn("/ by zero", error["evalue"])
        self.assertEqual(self.session.text("1 + 1"), "2")


if __name__ == "__main__":
    unittest.main()
