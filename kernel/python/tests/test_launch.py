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

from text2image_kernel import install, java, launch, machine

PROJECT = Path(__file__).resolve().parents[3]


def fake_java(directory, modules):
    """A java that prints a list of modules; without any, one that does not know the option for it."""
    executable = Path(directory) / "bin" / "java"
    executable.parent.mkdir(parents=True)
    lines = "".join(f"echo {module}\n" for module in modules)
    executable.write_text("#!/bin/sh\n" + (lines or "echo Unrecognized option: --list-modules >&2; exit 1\n"))
    executable.chmod(executable.stat().st_mode | stat.S_IXUSR)
    return executable


@unittest.skipIf(os.name == "nt", "the stand-ins for Java are shell scripts")
class JavaTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = Path(directory.name)

    def find(self, environment, places=()):
        return java.find({"PATH": "", **environment}, [str(self.home / place) for place in places])

    def test_the_most_specific_variable_wins(self):
        fake_java(self.home / "a", ["java.base@25.0.3", "jdk.jshell@25.0.3"])
        fake_java(self.home / "b", ["java.base@17", "jdk.jshell@17"])
        environment = {"TEXT2IMAGE_JAVA_HOME": str(self.home / "a"), "JAVA_HOME": str(self.home / "b")}
        self.assertEqual(self.find(environment), (self.home / "a" / "bin" / "java", 25))
        del environment["TEXT2IMAGE_JAVA_HOME"]
        self.assertEqual(self.find(environment), (self.home / "b" / "bin" / "java", 17))

    def test_java_on_the_path_is_found(self):
        fake_java(self.home, ["java.base@21.0.1", "jdk.jshell@21.0.1"])
        self.assertEqual(self.find({"PATH": str(self.home / "bin")})[1], 21)

    def test_java_in_a_usual_place_is_found(self):
        fake_java(self.home / "jvm" / "jre-21", ["java.base@21"])
        fake_java(self.home / "jvm" / "jdk-19", ["java.base@19", "jdk.jshell@19"])
        self.assertEqual(self.find({}, ["none/*", "jvm/*"]), (self.home / "jvm" / "jdk-19" / "bin" / "java", 19))

    def test_a_java_that_is_too_old_is_passed_over(self):
        fake_java(self.home / "11", ["java.base@11.0.2", "jdk.jshell@11.0.2"])
        fake_java(self.home / "jvm" / "jdk-21", ["java.base@21", "jdk.jshell@21"])
        self.assertEqual(self.find({"JAVA_HOME": str(self.home / "11")}, ["jvm/*"])[1], 21)

    def test_a_java_that_is_newer_than_those_tested_is_the_last_resort(self):
        newer = {"JAVA_HOME": str(self.home / "27")}
        fake_java(self.home / "27", ["java.base@27", "jdk.jshell@27"])
        self.assertEqual(self.find(newer)[1], 27)
        fake_java(self.home / "jvm" / "jdk-21", ["java.base@21", "jdk.jshell@21"])
        self.assertEqual(self.find(newer, ["jvm/*"])[1], 21)
        self.assertEqual(self.find({"TEXT2IMAGE_JAVA_HOME": str(self.home / "27")}, ["jvm/*"])[1], 27)

    def test_the_release_file_is_read_instead_of_asking_java(self):
        executable = fake_java(self.home, [])
        (self.home / "release").write_text('JAVA_VERSION="21.0.1"\nMODULES="java.base jdk.jshell"\n')
        self.assertEqual(self.find({"JAVA_HOME": str(self.home)}), (executable, 21))
        (self.home / "release").write_text('JAVA_VERSION="21.0.1"\nMODULES="java.base"\n')
        self.assertIn("(JRE)", self.refusal({"JAVA_HOME": str(self.home)}))

    def refusal(self, environment, places=()):
        with self.assertRaises(java.NoJava) as refused:
            self.find(environment, places)
        self.assertIn("Install a JDK 17 to 25", str(refused.exception))
        return str(refused.exception)

    def test_no_java_is_said_plainly(self):
        self.assertIn("Java was not found.", self.refusal({}))

    def test_an_old_java_is_refused(self):
        fake_java(self.home / "11", ["java.base@11.0.2", "jdk.jshell@11.0.2"])
        self.assertIn("is version 11.", self.refusal({"JAVA_HOME": str(self.home / "11")}))
        fake_java(self.home / "8", [])
        self.assertIn("is version 8.", self.refusal({"JAVA_HOME": str(self.home / "8")}))

    def test_a_java_that_does_not_run_is_refused(self):
        (executable := fake_java(self.home / "broken", [])).write_text("#!/bin/sh\nexit 1\n")
        self.assertIn(f"{executable}, does not run.", self.refusal({"JAVA_HOME": str(self.home / "broken")}))

    def test_a_jre_is_refused(self):
        fake_java(self.home, ["java.base@17"])
        self.assertIn("(JRE)", self.refusal({"JAVA_HOME": str(self.home)}))

    def test_a_wrong_variable_is_named(self):
        self.assertIn("JAVA_HOME leads to", self.refusal({"JAVA_HOME": str(self.home / "none")}))

    def test_nothing_is_taken_in_place_of_what_was_chosen_for_this_kernel(self):
        fake_java(self.home / "jvm" / "jdk-21", ["java.base@21", "jdk.jshell@21"])
        chosen = {"TEXT2IMAGE_JAVA_HOME": str(self.home / "none")}
        self.assertIn("TEXT2IMAGE_JAVA_HOME leads to", self.refusal(chosen, ["jvm/*"]))


class LaunchTest(unittest.TestCase):
    def test_the_heap_follows_the_machine(self):
        gib = 1024**3
        self.assertEqual(launch.heap_mib(1 * gib), 384)
        self.assertEqual(launch.heap_mib(8 * gib), 2048)
        self.assertEqual(launch.heap_mib(128 * gib), 4096)

    def test_flags_depend_on_the_version_and_can_be_added(self):
        memory = 16 * 1024**3
        environment = {"TEXT2IMAGE_JVM_OPTS": "-Xmx9g '-Da=b c'"}
        self.assertEqual(launch.flags(17, "x.jar", memory, environment)[-2:], ["-Xmx9g", "-Da=b c"])
        unsafe = "--sun-misc-unsafe-memory-access=allow"
        self.assertNotIn(unsafe, launch.flags(17, "x.jar", memory, {}))
        self.assertIn(unsafe, launch.flags(25, "x.jar", memory, {}))

    def test_a_small_machine_is_spared(self):
        gib = 1024**3
        self.assertIn("-XX:+UseSerialGC", launch.flags(17, "x.jar", 2 * gib, {}))
        self.assertNotIn("-XX:+UseSerialGC", launch.flags(17, "x.jar", 16 * gib, {}))
        self.assertEqual(launch.process_environment(2 * gib, 4, 4, {})["MALLOC_ARENA_MAX"], "2")
        large = launch.process_environment(16 * gib, 4, 4, {})
        spins = {"GOMP_SPINCOUNT": "20000"} if launch.WAITS.is_file() else {}
        self.assertEqual(large, {"OMP_WAIT_POLICY": "PASSIVE", "THP_MEM_ALLOC_ENABLE": "1", **spins})

    def test_a_share_of_the_processors_is_not_exceeded(self):
        environment = launch.process_environment(16 * 1024**3, 2, 64, {})
        self.assertEqual(environment["OMP_NUM_THREADS"], "2")
        self.assertNotIn("GOMP_SPINCOUNT", environment)

    def test_what_the_user_has_set_stays(self):
        own = {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": "1", "THP_MEM_ALLOC_ENABLE": "0"}
        own |= {"OMP_NUM_THREADS": "7", "MALLOC_ARENA_MAX": "9"}
        self.assertEqual(launch.process_environment(1024**3, 1, 8, own), own)

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


class MachineTest(unittest.TestCase):
    """Control groups as they lie in /proc and /sys."""

    GIB = 1024**3

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)

    def write_file(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def groups(self, cgroup, *mounts):
        self.write_file("proc/self/cgroup", cgroup)
        self.write_file("proc/self/mountinfo", "\n".join(mounts))

    def memory(self, physical=64):
        return machine.memory_limit(self.root, physical * self.GIB) / self.GIB

    def processors(self, visible=16):
        return machine.processor_limit(self.root, visible)

    VERSION_2 = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw"
    VERSION_1_MEMORY = "35 31 0:32 {} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
    VERSION_1_CPU = "36 31 0:33 {} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct"

    def test_without_control_groups_the_machine_is_the_limit(self):
        self.assertEqual((self.memory(), self.processors()), (64, 16))
        self.assertGreater(machine.memory_limit(), 0)
        self.assertGreaterEqual(machine.processor_limit(), 1)

    def test_version_2_in_a_container(self):
        self.groups("0::/\n", self.VERSION_2)
        self.write_file("sys/fs/cgroup/memory.max", f"{2 * self.GIB}\n")
        self.write_file("sys/fs/cgroup/cpu.max", "150000 100000\n")
        self.assertEqual((self.memory(), self.processors()), (2, 2))

    def test_version_2_without_a_limit(self):
        self.groups("0::/user.slice\n", self.VERSION_2)
        self.write_file("sys/fs/cgroup/user.slice/memory.max", "max\n")
        self.write_file("sys/fs/cgroup/user.slice/cpu.max", "max 100000\n")
        self.assertEqual((self.memory(), self.processors()), (64, 16))

    def test_the_tightest_of_nested_groups_holds(self):
        self.groups("0::/outer/middle/inner\n", self.VERSION_2)
        self.write_file("sys/fs/cgroup/outer/memory.max", str(8 * self.GIB))
        self.write_file("sys/fs/cgroup/outer/middle/memory.high", str(4 * self.GIB))
        self.write_file("sys/fs/cgroup/outer/middle/inner/memory.max", "max")
        self.write_file("sys/fs/cgroup/outer/cpu.max", "400000 100000")
        self.write_file("sys/fs/cgroup/outer/middle/inner/cpu.max", "800000 100000")
        self.assertEqual((self.memory(), self.processors()), (4, 4))

    def test_version_1(self):
        self.groups(
            "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n",
            self.VERSION_1_MEMORY.format("/docker/abc"),
            self.VERSION_1_CPU.format("/docker/abc"),
        )
        self.write_file("sys/fs/cgroup/memory/memory.limit_in_bytes", str(3 * self.GIB))
        self.write_file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000")
        self.write_file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000")
        self.assertEqual((self.memory(), self.processors()), (3, 1))

    def test_version_1_on_the_host(self):
        self.groups("4:memory:/jobs/7\n", self.VERSION_1_MEMORY.format("/"))
        self.write_file("sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes", str(5 * self.GIB))
        self.write_file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
        self.assertEqual(self.memory(), 5)

    def test_a_limit_above_the_machine_is_none(self):
        self.groups("4:memory:/\n", self.VERSION_1_MEMORY.format("/"))
        self.write_file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
        self.assertEqual(self.memory(), 64)

    def test_both_versions_at_once(self):
        self.groups(
            "4:memory:/job\n0::/other\n",
            self.VERSION_1_MEMORY.format("/"),
            "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
        )
        self.write_file("sys/fs/cgroup/memory/job/memory.limit_in_bytes", str(6 * self.GIB))
        self.write_file("sys/fs/cgroup/unified/other/memory.max", str(7 * self.GIB))
        self.assertEqual(self.memory(), 6)


if __name__ == "__main__":
    unittest.main()
