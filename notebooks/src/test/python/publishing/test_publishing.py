"""Tests that the notebook on Stable Diffusion trains from names and publishes what it has trained, and only when it is told to."""

import json
import os
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

from published import NOTEBOOKS, Reader, publish

TOKEN = "hf_StandInWriterToken0123456789"


class PublishingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        library = NOTEBOOKS.parent / "lib" / "target"
        class_path = os.pathsep.join(map(str, (library / "test-classes", library / "classes", library / "lib" / "*")))
        served = [f"models/ada/base={NOTEBOOKS}/models/emoji-base", f"datasets/ada/pictures={NOTEBOOKS}/data/noto-emoji"]
        cls.server = subprocess.Popen(
            ["java", "-cp", class_path, "dev.text2image.testing.StandInHub", *served],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        cls.addClassCleanup(cls.server.wait)
        cls.addClassCleanup(cls.server.communicate)
        cls.endpoint = cls.server.stdout.readline().split()[0]
        home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(home.cleanup)
        cls.home = Path(home.name)

    def get(self, path):
        request = urllib.request.Request(f"{self.endpoint}/{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()

    def test_the_notebook_trains_from_names_and_publishes_when_it_is_told_to(self):
        reader = Reader(self.endpoint, self.home)
        self.addCleanup(reader.close)
        without, pushed, same = publish(reader, TOKEN)
        self.assertEqual(without, "Nothing is published: there is no token")
        self.assertRegex(pushed, rf"^{self.endpoint}/ada/rehearsal \(\d+ files, .*, commit [0-9a-f]{{8}}\)$")
        self.assertEqual(same, "-1", "the place where what was pushed and what was trained differ")
        self.assertEqual([question["password"] for question in reader.questions], [True, True])
        self.assertNotIn(TOKEN, json.dumps(reader.messages, default=str))

        info = json.loads(self.get("api/models/ada/rehearsal"))
        files = {file["rfilename"] for file in info["siblings"]}
        self.assertTrue(info["private"])
        self.assertTrue({"model_index.json", "unet/diffusion_pytorch_model.safetensors", "loss.png"} <= files, files)
        self.assertFalse([file for file in files if "checkpoint" in file or "optimizer" in file])
        card = self.get("ada/rehearsal/resolve/main/README.md")
        self.assertIn('base_model: "ada/base"', card)
        self.assertIn('- "ada/pictures"', card)
        written = [path for path in self.home.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
        self.assertEqual(written, [])


if __name__ == "__main__":
    unittest.main()
