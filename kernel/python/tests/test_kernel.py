"""Tests of the running kernel: JJava's wheel with this project's extension."""

import base64
import os
import struct
import subprocess
import sys
import unittest

import psutil
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
        self.assertEqual(self.session.text("new Config(3)"), "Config\n  steps  3")

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

    def test_an_error_is_reported_and_the_kernel_goes_on(self):
        (error,) = of_type(self.session.run("int zero = 0; 1 / zero"), "error")
        self.assertIn("/ by zero", error["evalue"])
        self.assertEqual(self.session.text("1 + 1"), "2")

    @unittest.skipIf(os.name == "nt", "Windows has no SIGKILL")
    def test_a_killed_jupyter_leaves_no_kernel_behind(self):
        starts = (
            "from jupyter_client.manager import start_new_kernel; import time\n"
            "manager, _ = start_new_kernel(kernel_name='text2image', startup_timeout=120)\n"
            "print(manager.provisioner.pid, flush=True); time.sleep(600)"
        )
        with subprocess.Popen([sys.executable, "-c", starts], stdout=subprocess.PIPE, text=True) as jupyter:
            kernel = psutil.Process(int(jupyter.stdout.readline()))
            self.addCleanup(lambda: kernel.is_running() and kernel.kill())
            jupyter.kill()
        _, alive = psutil.wait_procs([kernel], timeout=60)
        self.assertEqual(alive, [])


if __name__ == "__main__":
    unittest.main()
