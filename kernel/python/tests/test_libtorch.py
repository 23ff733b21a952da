"""Tests of what is fetched and set for a GPU. The driver is a stand-in for nvidia-smi, PyTorch are wheels of a few bytes."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

from text2image_kernel import launch, libtorch

PROJECT = Path(__file__).resolve().parents[3]
TORCH = "torch-2.7.1-cp312-cp312-manylinux_2_28_x86_64.whl"
CUDART = "nvidia_cuda_runtime_cu12-12.6.77-py3-none-manylinux2014_x86_64.whl"
LIBRARIES = ("libtorch.so", "libtorch_cuda.so", *libtorch.ENDS)


def script(file, lines):
    """Writes an executable stand-in."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\n" + lines)
    file.chmod(0o755)


def wheel(file, contents, requires=""):
    """Writes a wheel that pip installs."""
    name, version = file.name.split("-")[:2]
    information = f"{name}-{version}.dist-info"
    contents = {
        **contents,
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in contents) + f"{information}/RECORD,,\n"
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in {**contents, f"{information}/RECORD": record}.items():
            archive.writestr(path, text)


@unittest.skipUnless(sys.platform == "linux" and libtorch._has_builds(), "the stand-ins are those of Linux on x86-64")
class LibtorchTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = Path(directory.name)
        self.tools = self.home / "tools"
        self.tools.mkdir()
        self.environment = {"PATH": str(self.tools)}

    def driver(self, line="NVIDIA H200, 550.54.15, 143771, 9.0"):
        """Plays a driver; one before 510 does not know compute_cap."""
        short = ", ".join(line.split(", ")[:3])
        answer = f'echo "{line}"' if line.count(", ") == 3 else 'echo "Field \\"compute_cap\\" is not valid"; exit 2'
        script(self.tools / "nvidia-smi", f'case "$1" in *compute_cap*) {answer};; *) echo "{short}";; esac\n')

    def package(self, version="2.7.1+cu126", site="site"):
        """A PyTorch as pip installs it; returns the folder of its libraries."""
        libraries = self.home / site / "torch" / "lib"
        libraries.mkdir(parents=True)
        for name in LIBRARIES:
            (libraries / name).touch()
        (libraries.parent / "version.py").write_text(f"__version__ = '{version}'\n")
        runtime = self.home / site / "nvidia" / "cuda_runtime" / "lib" / "libcudart.so.12"
        runtime.parent.mkdir(parents=True)
        runtime.touch()
        return libraries

    def choose(self, fetcher=None, **environment):
        return libtorch.choose(self.home, {**self.environment, **environment}, self.home, fetcher)

    def reason(self, **environment):
        """Why the GPU is not used; Maven's libtorch is chosen then."""
        variables = self.choose(**environment).variables
        self.assertIsNone(variables["PYTORCH_LIBRARY_PATH"])
        return variables["TEXT2IMAGE_UNUSED_GPU"]

    def never(self, place, index):
        self.fail(f"{place} was fetched from {index}")

    def test_without_a_driver_nothing_is_fetched_or_set(self):
        self.assertEqual(self.choose(self.never), libtorch.Setup())
        script(self.tools / "nvidia-smi", 'echo "No devices were found"; exit 6\n')
        self.assertEqual(self.choose(self.never), libtorch.Setup())

    def test_the_processor_can_be_wanted(self):
        self.driver()
        self.assertEqual(self.choose(self.never, TEXT2IMAGE_DEVICE="cpu"), libtorch.Setup())

    def test_the_build_is_fetched_once_and_found_by_java(self):
        wheels = self.home / "wheels"
        wheels.mkdir()
        contents = {f"torch/lib/{name}": "" for name in LIBRARIES} | {"torch/version.py": "__version__ = '2.7.1+cu126'\n"}
        needed = ["sympy", 'nvidia-cuda-runtime-cu12==12.6.77; platform_system == "Linux"', "nvidia-nvtx-cu12==12.6.77", "triton"]
        wheel(wheels / TORCH, contents, "".join(f"Requires-Dist: {name}\n" for name in needed))
        wheel(wheels / CUDART, {"nvidia/cuda_runtime/lib/libcudart.so.12": ""})
        self.driver()
        with mock.patch.dict(os.environ, {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}):
            setup = self.choose(libtorch.fetch)
        packages = self.home / ".venv-cuda" / "packages"
        expected = {
            "PYTORCH_LIBRARY_PATH": str(packages / "torch/lib"),
            "PYTORCH_VERSION": "2.7.1",
            "PYTORCH_FLAVOR": "cu128",
            "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
        }
        self.assertEqual(setup.variables, expected)
        self.assertEqual(setup.options, (f"-Djna.library.path={packages}/nvidia/cuda_runtime/lib",))
        self.assertEqual(self.choose(self.never), setup)
        own = self.choose(self.never, PYTORCH_CUDA_ALLOC_CONF="backend:native")
        self.assertNotIn("PYTORCH_CUDA_ALLOC_CONF", own.variables)
        self.assertEqual(libtorch.for_kernel(self.home, self.environment), setup)

    def test_what_bash_is_told_is_what_the_kernel_gets(self):
        setup = libtorch.Setup({"A": "b c'd", "PYTORCH_VERSION": None}, ("-Dx=y z",))
        code = setup.shell() + '\nprintf "%s|" "$A" "${PYTORCH_VERSION-unset}" "${libtorch_options[@]}"'
        told = subprocess.run(["bash", "-c", code], capture_output=True, text=True, env={**os.environ, "PYTORCH_VERSION": "1"})
        self.assertEqual(told.stdout, "b c'd|unset|-Dx=y z|")
        self.assertEqual(setup.environment({"PYTORCH_VERSION": "1", "B": "2"}), {"A": "b c'd", "B": "2"})

    def test_a_failed_download_is_told_and_tried_again(self):
        self.driver()
        with mock.patch.dict(os.environ, {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.home)}):
            with self.assertRaisesRegex(libtorch.Refused, "could not be fetched.*TEXT2IMAGE_DEVICE=cpu"):
                self.choose(libtorch.fetch)
        self.assertIn("was not fetched yet. Run: ./run gpu", self.reason())

    def test_the_index_follows_the_card_and_can_be_chosen(self):
        asked = []
        for capability, chosen in (("9.0", {}), ("12.0", {}), ("12.0", {"TEXT2IMAGE_TORCH_INDEX": "https://mirror.example"})):
            self.driver(f"NVIDIA card, 570.86, 32768, {capability}")
            shutil.rmtree(self.home / ".venv-cuda", ignore_errors=True)
            fetcher = lambda place, index: (place.mkdir(), asked.append(index))  # noqa: E731
            self.choose(fetcher, **chosen)
        self.assertEqual(asked, [None, "https://download.pytorch.org/whl/cu128", "https://mirror.example"])

    def test_an_old_driver(self):
        self.driver("Tesla V100, 470.82.01, 16384")
        reason = self.reason()
        self.assertIn("Tesla V100 is not used: its driver is 470.82.01, and libtorch 2.7.1 needs 525.60.13 or newer.", reason)
        self.assertIn("ubuntu-drivers install", reason)

    def test_a_driver_that_does_not_answer(self):
        script(self.tools / "nvidia-smi", 'echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18\n')
        self.assertIn('nvidia-smi says: "Failed to initialize NVML: Driver/library version mismatch"', self.reason())

    def test_a_gpu_without_a_driver(self):
        device = self.home / "sys/bus/pci/devices/0000:01:00.0"
        device.mkdir(parents=True)
        (device / "vendor").write_text("0x10de\n")
        (device / "class").write_text("0x030000\n")
        self.assertIn("it has no driver", self.reason())

    def test_a_compute_capability_without_code(self):
        self.driver("Tesla K80, 525.60.13, 11441, 3.7")
        self.assertIn("its compute capability is 3.7, and libtorch 2.7.1 needs 5.0 or more", self.reason())
        self.driver("NVIDIA GeForce RTX 5090, 570.86, 32607, 12.0")
        reason = self.reason(PYTORCH_LIBRARY_PATH=str(self.package()))
        self.assertIn("12.0 needs a libtorch for CUDA 12.8, and this one is for 12.6", reason)
        self.assertIn("whl/cu128 ./run gpu", reason)

    def test_a_missing_library(self):
        self.driver()
        named = str(self.package())
        for absent, remedy in (("libcudnn.so.9", "./run gpu"), ("libcuda.so.1", "NVIDIA_DRIVER_CAPABILITIES=compute,utility")):
            script(self.tools / "ldd", f'echo "  {absent} => not found"\n')
            reason = self.reason(PYTORCH_LIBRARY_PATH=named)
            self.assertIn(f"H200 is not used: {absent}, ", reason)
            self.assertIn(remedy, reason)

    def test_hidden_cards_are_told(self):
        self.driver()
        self.assertIn("CUDA_VISIBLE_DEVICES hides it", self.reason(CUDA_VISIBLE_DEVICES=""))

    def test_a_pytorch_that_the_user_names(self):
        self.driver()
        named = self.package()
        setup = self.choose(self.never, PYTORCH_LIBRARY_PATH=str(named))
        self.assertEqual(setup.variables["PYTORCH_LIBRARY_PATH"], str(named))
        other = {"PYTORCH_LIBRARY_PATH": str(self.package("2.11.0+cu130", "other"))}
        with self.assertRaisesRegex(libtorch.Refused, "names a PyTorch 2.11.0, but .* is for 2.7.1"):
            self.choose(self.never, **other)
        with self.assertRaisesRegex(libtorch.Refused, "there is no libtorch.so"):
            self.choose(self.never, PYTORCH_LIBRARY_PATH=str(self.home))
        kernel = libtorch.for_kernel(self.home, {**self.environment, **other}).variables
        self.assertIn("2.11.0", kernel["TEXT2IMAGE_UNUSED_GPU"])
        self.assertIsNone(kernel["PYTORCH_LIBRARY_PATH"])

    def test_the_version_is_that_of_the_engine(self):
        pom = (PROJECT / "pom.xml").read_text()
        self.assertIn(libtorch.VERSION, re.findall(r"<pytorch[^>]*>([\d.]+)", pom))

    def test_options_of_the_user_win_in_the_kernel(self):
        with mock.patch.object(launch, "class_path", return_value=[Path("jjava.jar"), Path("kernel.jar")]):
            environment = {launch.PROJECT: str(PROJECT), "TEXT2IMAGE_JVM_OPTS": "-Djna.library.path=own"}
            command = launch.command("java", 17, "x.json", ("-Djna.library.path=found",), environment)
        self.assertLess(command.index("-Djna.library.path=found"), command.index("-Djna.library.path=own"))


if __name__ == "__main__":
    unittest.main()
