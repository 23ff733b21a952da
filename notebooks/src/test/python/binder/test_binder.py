"""Tests of what mybinder.org will make of the repository; none needs Docker. rehearse.py runs what it would run."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[5]
BINDER = PROJECT / "binder"


class BinderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "--user-id", "1000", "--user-name", "jovyan"]
        finished = subprocess.run([*command, str(PROJECT)], capture_output=True, text=True)
        cls.dockerfile = finished.stdout + finished.stderr
        assert finished.returncode == 0, cls.dockerfile

    def test_packages_and_environment_are_installed(self):
        for package in (BINDER / "apt.txt").read_text().split():
            self.assertRegex(self.dockerfile, rf"apt-get install .*\b{package}\b")
        self.assertRegex(self.dockerfile, r"env update .*binder/environment\.yml")

    def test_the_project_is_built_with_the_image_and_started_by_its_script(self):
        self.assertIn("RUN ./binder/postBuild", self.dockerfile)
        self.assertIn('ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"', self.dockerfile)

    def test_the_environment_brings_a_jdk_maven_and_a_python_that_is_new_enough(self):
        wanted = yaml.safe_load((BINDER / "environment.yml").read_text())["dependencies"]
        versions = dict(entry.partition("=")[::2] for entry in wanted)
        self.assertGreaterEqual(int(versions["openjdk"]), 17)
        self.assertGreaterEqual(tuple(map(int, versions["python"].split("."))), (3, 10))
        self.assertIn("maven", versions)

    @unittest.skipIf(os.name == "nt", "Binder runs Linux")
    def test_a_session_is_short(self):
        printed = subprocess.run([BINDER / "start", "env"], check=True, capture_output=True, text=True).stdout.split("\n")
        self.assertIn("TEXT2IMAGE_SMOKE=1", printed)


if __name__ == "__main__":
    unittest.main()
