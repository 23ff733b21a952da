"""A running kernel, for the tests."""

import os
import time
from queue import Empty

from jupyter_client.manager import start_new_kernel


class Session:
    """Runs cells in a kernel and collects what they send."""

    def __init__(self, environment=None):
        self.manager, self.client = start_new_kernel(
            kernel_name="text2image", env={**os.environ, **(environment or {})}, startup_timeout=120
        )

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, code, timeout=120, on_message=lambda message: None):
        """Runs a cell and returns its messages (type, content) until the kernel is idle again or has replied."""
        request = self.client.execute(code)
        messages = []
        end = time.monotonic() + timeout
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except Empty:
                reply = self.reply(request)
                if reply is not None:
                    # The message that the kernel is idle was lost; the reply still says how the cell ended.
                    if reply["status"] == "error" and not of_type(messages, "error"):
                        messages.append(("error", reply))
                    return messages
                if time.monotonic() < end:
                    continue
                self.manager.restart_kernel(now=True)  # what hangs would hang the next test too
                self.client.wait_for_ready(timeout=120)
                raise AssertionError(f"the cell did not end within {timeout} s: {code}") from None
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            messages.append((message["msg_type"], content))
            on_message(messages[-1])
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                return messages

    def reply(self, request, timeout=0):
        """The content of the reply to a request, or None if none comes in time."""
        while True:
            try:
                reply = self.client.get_shell_msg(timeout=timeout)
            except Empty:
                return None
            if reply["parent_header"].get("msg_id") == request:
                return reply["content"]

    def data(self, code):
        """Runs a cell and returns the data of its last picture of a value."""
        shown = [c["data"] for kind, c in self.run(code) if kind in ("execute_result", "display_data")]
        assert shown, f"the cell showed nothing: {code}"
        return shown[-1]

    def text(self, code):
        """Runs a cell and returns its value as text."""
        return self.data(code)["text/plain"]

    def interrupt(self):
        self.manager.interrupt_kernel()


def of_type(messages, kind):
    """The contents of the messages of one type."""
    return [content for found, content in messages if found == kind]
