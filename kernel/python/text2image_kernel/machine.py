"""What the machine, or the container that the kernel runs in, lets a process use."""

import math
import os
from pathlib import Path

MIB = 1024 * 1024


class ControlGroups:
    """The control groups that this process is in, of version 1, 2 or both."""

    def __init__(self, root=Path("/")):
        self.root = root
        self.paths = {}
        for line in _lines(root / "proc/self/cgroup"):
            _, controllers, path = line.split(":", 2)
            self.paths.update(dict.fromkeys(controllers.split(","), path))

    def directories(self, controller):
        """Yields the directories whose limits hold for a controller: the process's own and all above it."""
        for mounted, point, controllers in self._mounts():
            if controller in controllers or "" in controllers:
                path = self.paths.get(controller if controller in controllers else "", "/")
                # In a container the path may be that on the host, of which only the part below the mount is visible.
                inside = path[len(mounted) :] if mounted != "/" and path.startswith(mounted) else path
                directory = point / inside.strip("/")
                while True:
                    if directory.is_dir():
                        yield directory
                    if directory == point:
                        break
                    directory = directory.parent

    def _mounts(self):
        """Yields (path of the group that is mounted, where, its controllers; '' for version 2)."""
        for line in _lines(self.root / "proc/self/mountinfo"):
            fields, _, kind = line.partition(" - ")
            mounted, point = fields.split()[3:5]
            kind = kind.split()
            if kind[0] == "cgroup2":
                yield mounted, self.root / point.strip("/"), {""}
            elif kind[0] == "cgroup":
                yield mounted, self.root / point.strip("/"), set(kind[-1].split(","))

    def numbers(self, controller, name):
        """Yields the numbers in the files of one name; one that says that there is no limit is passed over."""
        for directory in self.directories(controller):
            for text in _lines(directory / name)[:1]:
                fields = text.split()
                if fields and all(field.lstrip("-").isdigit() for field in fields):
                    yield directory, [int(field) for field in fields]


def _lines(file):
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


def memory_limit(root=Path("/"), physical=None):
    """The memory this process may use, in bytes: that of the machine, or less in a container."""
    limits = [_physical_memory() if physical is None else physical]
    groups = ControlGroups(root)
    for name in ("memory.max", "memory.high", "memory.limit_in_bytes"):
        limits += [numbers[0] for _, numbers in groups.numbers("memory", name) if numbers[0] > 0]
    return min(limits)


def _physical_memory():
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8192 * MIB  # Windows does not tell


def processor_limit(root=Path("/"), visible=None):
    """The number of processors whose time this process may use, at least 1."""
    limits = [visible_processors() if visible is None else visible]
    groups = ControlGroups(root)
    for _, numbers in groups.numbers("cpu", "cpu.max"):
        limits.append(numbers[0] / numbers[1])
    for directory, (quota,) in groups.numbers("cpu", "cpu.cfs_quota_us"):
        period = _lines(directory / "cpu.cfs_period_us")
        if quota > 0 and period:
            limits.append(quota / int(period[0]))
    return max(1, math.ceil(min(limits)))


def visible_processors():
    """The number of processors that a process sees, whatever its share of their time."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
