"""What the kernel claims to speak of Jupyter's protocol, checked by Jupyter's own tests for kernels.

JJava has no pager, no history and no clear_output, so those are left out: JupyterLab keeps the history of a notebook itself, and bars
and charts replace their output in place.
"""

import unittest

import jupyter_kernel_test
from session import Session


class ProtocolTest(jupyter_kernel_test.KernelTests):
    kernel_name = "text2image"
    language_name = "java"
    file_extension = ".jshell"

    code_hello_world = 'System.out.println("hello, world")'
    code_stderr = 'System.err.println("oops")'
    code_generate_error = 'throw new IllegalStateException("no")'
    code_inspect_sample = "Math.max"

    completion_samples = [
        {"text": "Math.cbr", "matches": {"cbrt("}},
        {"text": "%dev", "matches": {"%device"}},
        {"text": "sideBy"},
    ]
    complete_code_samples = ["1 + 1", "int x = 1;", "for (int i = 0; i < 3; i++) { }", "%who"]
    incomplete_code_samples = ["for (int i = 0; i < 3; i++) {", "int f(int x) {", '"""\ntext']
    invalid_code_samples = ["int = 3;", ")"]
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": '"a" + 1', "result": "a1"},
        {"code": "%help", "mime": "text/html"},
        {"code": "new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB)", "mime": "image/png"},
    ]
    code_display_data = [
        {"code": 'var id = display("<b>text</b>", "text/html");', "mime": "text/html"},
        {"code": "for (int i : progress(2)) { }", "mime": "text/html"},
    ]

    @classmethod
    def setUpClass(cls):
        cls.session = Session()
        cls.addClassCleanup(cls.session.close)
        cls.km, cls.kc = cls.session.manager, cls.session.client
        cls.session.run("1")  # the first cell takes longest

    @classmethod
    def tearDownClass(cls):
        pass  # the session closes itself


if __name__ == "__main__":
    unittest.main()
