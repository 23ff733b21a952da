"""Watches how much memory the kernel of a notebook takes, beside a JupyterLab server as on Binder."""

import subprocess
import sys
import threading
import time

import psutil

MIB = 1024 * 1024
SECONDS_BETWEEN = 0.1


def size(text):
    """The bytes in a size such as 2g or 900m."""
    units = {"k": 1024, "m": MIB, "g": 1024 * MIB}
    number, unit = (text[:-1], units[text[-1].lower()]) if text[-1:].lower() in units else (text, 1)
    return int(float(number) * unit)


def memory_of(processes):
    """The memory that processes occupy, in bytes; what several share counts once (on Linux; elsewhere for each)."""
    total = 0
    for process in processes:
        try:
            used = process.memory_full_info()
            total += getattr(used, "pss", used.rss)
        except psutil.Error:
            pass  # ended meanwhile
    return total


def with_children(process):
    """A process and all that it has started."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


class Server:
    """A JupyterLab server that nobody uses; it takes the memory that it takes on Binder."""

    def __enter__(self):
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
        self.process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self.process.net_connections("tcp") and self.process.poll() is None:
            time.sleep(0.1)
        if self.process.poll() is not None:
            raise RuntimeError("JupyterLab did not start; `python -m jupyterlab --no-browser` says why.")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Watch:
    """The largest memory of a server and of all else that this process starts, from entering to leaving, in bytes."""

    def __init__(self, server):
        self.server = server
        self.kernel = self.total = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def look(self):
        own = psutil.Process()
        while not self.ended.wait(SECONDS_BETWEEN):
            served = with_children(self.server.process)
            kernel = memory_of(set(own.children(recursive=True)) - set(served))
            self.kernel = max(self.kernel, kernel)
            self.total = max(self.total, kernel + memory_of(served))

    def report(self, limit):
        """A line for a reader."""
        return (
            f"  memory: at most {self.total / MIB:,.0f} MiB of {limit / MIB:,.0f},"
            f" of which the kernel {self.kernel / MIB:,.0f}"
        )
