"""What the kernel speaks of Jupyter's protocol, checked by Jupyter's own tests for kernels.

What JJava 1.0a8 does not have, and nothing here adds:
- no pager, no history (requests for it get no reply; JupyterLab keeps the history of a notebook itself) and no clear_output (bars and
  charts replace their output in place);
- whether code is complete is answered by "complete" for code that cannot be compiled, which then shows the compiler's message;
- the reply about the kernel has no "status".
"""

import unittest

import jupyter_kernel_test
from jupyter_kernel_test.msgspec_v5 import validate_message
from session import Session


class ProtocolTest(jupyter_kernel_test.KernelTests):
    kernel_name = "text2image"

    code_hello_world = 'System.out.println("hello, world")'
    code_stderr = 'System.err.println("oops")'
    code_generate_error = 'throw new IllegalStateException("no")'

    completion_samples = [
        {"text": "Math.cbr", "matches": {"cbrt("}},
        {"text": "%dev", "matches": {"%device"}},
        {"text": "sideBy", "matches": {"sideBySide("}},
    ]
    complete_code_samples = ["1 + 1", "int x = 1;", "for (int i = 0; i < 3; i++) { }", "%who"]
    incomplete_code_samples = ["for (int i = 0; i < 3; i++) {", "int f(int x) {", '"""\ntext']
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
        cls.kc.execute_interactive("1", timeout=120, output_hook=lambda message: None)  # the first cell takes longest

    @classmethod
    def tearDownClass(cls):
        pass  # the session closes itself

    def test_kernel_info(self):
        self.flush_channels()
        request = self.kc.kernel_info()
        reply = self.kc.get_shell_msg(timeout=60)
        reply["content"].setdefault("status", "ok")
        validate_message(reply, "kernel_info_reply", request)
        language = reply["content"]["language_info"]
        self.assertEqual(language["name"].lower(), "java")
        self.assertEqual((language["file_extension"], language["pygments_lexer"]), (".jshell", "java"))

    def test_inspect(self):
        self.flush_channels()
        request = self.kc.inspect("Math.max(1, 2)", cursor_pos=7)
        reply = self.get_non_kernel_info_reply(timeout=60)
        validate_message(reply, "inspect_reply", request)
        self.assertTrue(reply["content"]["found"])
        self.assertIn("max(", reply["content"]["data"]["text/plain"])


if __name__ == "__main__":
    unittest.main()
