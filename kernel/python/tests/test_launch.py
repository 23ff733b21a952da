"""Tests of the launcher; none starts a kernel."""

import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from text2image_kernel import install, java, launch

PROJECT = Path(__file__).resolve().parents[3]


def fake_java(directory, modules):
    """A java that prints a list of modules."""
    executable = Path(directory) / "bin" / "java"
    executable.parent.mkdir(parents=True)
    lines = "".join(f"echo {module}\n" for module in modules)
    executable.write_text("#!/bin/sh\n" + (lines or "exit 1\n"))
    executable.chmod(executable.stat().st_mode | stat.S_IXUSR)
    return executable


@unittest.skipIf(os.name == "nt", "the stand-ins for Java are shell scripts")
class JavaTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = Path(directory.name)

    def test_the_most_specific_variable_wins(self):
        fake_java(self.home / "a", ["java.base@25.0.3", "jdk.jshell@25.0.3"])
        fake_java(self.home / "b", ["java.base@17", "jdk.jshell@17"])
        environment = {"TEXT2IMAGE_JAVA_HOME": str(self.home / "a"), "JAVA_HOME": str(self.home / "b"), "PATH": ""}
        self.assertEqual(java.find(environment), (self.home / "a" / "bin" / "java", 25))
        del environment["TEXT2IMAGE_JAVA_HOME"]
        self.assertEqual(java.find(environment), (self.home / "b" / "bin" / "java", 17))

    def test_java_on_the_path_is_found(self):
        fake_java(self.home, ["java.base@21.0.1", "jdk.jshell@21.0.1"])
        self.assertEqual(java.find({"PATH": str(self.home / "bin")})[1], 21)

    def test_the_release_file_is_read_instead_of_asking_java(self):
        executable = fake_java(self.home, [])
        (self.home / "release").write_text('JAVA_VERSION="21.0.1"\nMODULES="java.base jdk.jshell"\n')
        self.assertEqual(java.find({"JAVA_HOME": str(self.home)}), (executable, 21))
        (self.home / "release").write_text('JAVA_VERSION="21.0.1"\nMODULES="java.base"\n')
        self.assertIn("(JRE)", self.refusal({"JAVA_HOME": str(self.home)}))

    def refusal(self, environment):
        with self.assertRaises(java.NoJava) as refused:
            java.find(environment)
        self.assertIn("Install a JDK 17 or newer", str(refused.exception))
        return str(refused.exception)

    def test_no_java_is_said_plainly(self):
        self.assertIn("Java was not found.", self.refusal({"PATH": ""}))

    def test_an_old_java_is_refused(self):
        fake_java(self.home / "11", ["java.base@11.0.2", "jdk.jshell@11.0.2"])
        self.assertIn("is version 11.", self.refusal({"JAVA_HOME": str(self.home / "11")}))
        fake_java(self.home / "8", [])
        self.assertIn("is version 8.", self.refusal({"JAVA_HOME": str(self.home / "8")}))

    def test_a_jre_is_refused(self):
        fake_java(self.home, ["java.base@17"])
        self.assertIn("(JRE)", self.refusal({"JAVA_HOME": str(self.home)}))

    def test_a_wrong_variable_is_named(self):
        self.assertIn("JAVA_HOME leads to", self.refusal({"JAVA_HOME": str(self.home / "none")}))


class LaunchTest(unittest.TestCase):
    def test_the_heap_follows_the_machine(self):
        gib = 1024**3
        self.assertEqual(launch.heap_mib(1 * gib), 384)
        self.assertEqual(launch.heap_mib(8 * gib), 2048)
        self.assertEqual(launch.heap_mib(128 * gib), 4096)

    def test_flags_depend_on_the_version_and_can_be_added(self):
        environment = {"TEXT2IMAGE_JVM_OPTS": "-Xmx9g '-Da=b c'"}
        self.assertEqual(launch.flags(17, "x.jar", environment)[-2:], ["-Xmx9g", "-Da=b c"])
        unsafe = "--sun-misc-unsafe-memory-access=allow"
        self.assertNotIn(unsafe, launch.flags(17, "x.jar", {}))
        self.assertIn(unsafe, launch.flags(25, "x.jar", {}))

    def test_a_project_that_is_not_built_is_named(self):
        with tempfile.TemporaryDirectory() as directory:
            with self.assertRaises(launch.NotBuilt) as refused:
                launch.class_path(Path(directory))
        self.assertIn("mvn -DskipTests package", str(refused.exception))

    def test_the_class_path_holds_what_was_built(self):
        names = [path.name for path in launch.class_path(PROJECT)]
        self.assertEqual(names[0], "jjava.jar")
        self.assertTrue(names[1].startswith("text2image-kernel-"))
        self.assertTrue(names[3].startswith("text2image-"))


    def test_one_version_of_jjava_is_named_everywhere(self):
        files = {"pom.xml": r"<jjava.version>(.+?)<"}
        files |= dict.fromkeys(("kernel/python/pyproject.toml", "kernel/python/requirements.txt"), r"jjava==([\w.]+)")
        versions = {re.search(pattern, (PROJECT / file).read_text()).group(1) for file, pattern in files.items()}
        self.assertEqual(len(versions), 1, versions)

    def test_documentation_comes_from_this_project_and_from_what_maven_fetched(self):
        names = [path.name for path in launch.sources(PROJECT)]
        self.assertEqual(names[0], "java")
        self.assertTrue(any(name.startswith("xchart-") and name.endswith("-sources.jar") for name in names), names)


class InstallTest(unittest.TestCase):
    def test_the_kernelspec_goes_below_the_prefix_and_nowhere_else(self):
        with tempfile.TemporaryDirectory() as prefix:
            directory = Path(install.install(PROJECT, prefix))
            self.assertEqual(directory, Path(prefix) / "share" / "jupyter" / "kernels" / "text2image")
            spec = json.loads((directory / "kernel.json").read_text())
        self.assertEqual(spec["display_name"], "Java (text2image)")
        self.assertEqual(spec["language"], "java")
        self.assertEqual(spec["interrupt_mode"], "message")
        self.assertEqual(spec["argv"], [sys.executable, "-m", "text2image_kernel", "{connection_file}"])
        self.assertEqual(spec["env"]["TEXT2IMAGE_PROJECT"], str(PROJECT))

    def test_a_wrong_project_is_refused(self):
        with self.assertRaises(launch.NotBuilt):
            install.install(Path(tempfile.gettempdir()))

    def test_the_command_line_explains_itself_and_fails(self):
        command = [sys.executable, "-m", "text2image_kernel"]
        finished = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(finished.returncode, 1)
        self.assertIn("install --sys-prefix", finished.stderr)
        environment = {**os.environ, "TEXT2IMAGE_JAVA_HOME": "nowhere"}
        finished = subprocess.run([*command, "x.json"], capture_output=True, text=True, env=environment)
        self.assertEqual(finished.returncode, 1)
        self.assertEqual(len(finished.stderr.strip().splitlines()), 1, finished.stderr)


class MemoryTest(unittest.TestCase):
    def test_a_container_limits_the_memory(self):
        with mock.patch.object(Path, "read_text", lambda path: "1073741824"):
            self.assertEqual(launch.memory_limit(), 1024**3)
        with mock.patch.object(Path, "read_text", lambda path: "max"):
            self.assertGreater(launch.memory_limit(), 0)


if __name__ == "__main__":
    unittest.main()
