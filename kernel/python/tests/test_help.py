"""Tests of completion and of the documentation at the cursor."""

import unittest

from session import Session


class HelpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = Session()
        cls.addClassCleanup(cls.session.close)
        cls.session.run(
            'String text = "a"; int count = 1; var list = List.of("a");'
            " int twice(int n) { return 2 * n; } int twice(String s) { return 2; }"
        )

    def ask(self, request, code, cursor=None):
        """Sends a request about the end of the code, or about a place in it, and returns the reply."""
        sent = request(code, len(code) if cursor is None else cursor)
        while True:
            reply = self.session.client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == sent:
                self.assertEqual(reply["content"]["status"], "ok", reply["content"])
                return reply["content"]

    def complete(self, code, cursor=None):
        """The completions by their text, in their order, as (kind, signature)."""
        reply = self.ask(self.session.client.complete, code, cursor)
        types = reply["metadata"]["_jupyter_types_experimental"]
        self.assertEqual([item["text"] for item in types], reply["matches"])
        self.assertEqual(len(set(reply["matches"])), len(reply["matches"]))
        self.place = (reply["cursor_start"], reply["cursor_end"])
        return {item["text"]: (item["type"], item["signature"]) for item in types}

    def inspect(self, code, cursor=None):
        """The text and the HTML that explain code; None if there are none."""
        reply = self.ask(self.session.client.inspect, code, cursor)
        return (reply["data"]["text/plain"], reply["data"]["text/html"]) if reply["found"] else None

    def test_members_have_kinds_and_signatures(self):
        self.complete("text.le")  # the first one also waits for JShell's index
        found = self.complete("int n = text.le")
        self.assertEqual(found["length()"], ("method", "int String.length()"))
        self.assertEqual(self.place, (13, 15))
        self.assertEqual(self.complete("Math.P")["PI"], ("field", "Math.PI:double"))
        self.assertEqual(list(self.complete("list."))[-1].rstrip("()"), "wait", "what every object has comes last")

    def test_overloads_are_one_completion(self):
        self.assertEqual(self.complete("twi")["twice("], ("method", "int twice(int n)\nint twice(String s)"))

    def test_variables_come_first_and_say_their_type(self):
        found = self.complete("co")
        self.assertEqual(next(iter(found.items())), ("count", ("variable", "int")))
        self.assertEqual(found["continue"][0], "keyword")

    def test_classes_packages_and_magics_have_their_kinds(self):
        self.assertEqual(self.complete("ImageFol")["ImageFolder"][0], "class")
        self.assertEqual(self.complete("new ArrayLi")["ArrayList("][0], "class")
        self.assertEqual(self.complete("import java.ut")["util."][0], "module")
        self.assertEqual(self.complete("%mav")["%maven"][0], "magic")

    def test_the_cell_before_the_cursor_counts(self):
        code = "import java.util.zip.*;\n%maven a:b:c\nString other = text;\nother.le"
        self.assertIn("length()", self.complete(code))
        self.assertIn("length()", self.complete("text.le; count++;", 7))

    def test_positions_are_counted_in_characters(self):
        self.assertIn("length()", self.complete('"\N{GRINNING FACE}".le'))
        self.assertEqual(self.place, (4, 6))

    def test_nothing_is_found_for_nothing(self):
        self.assertEqual(self.complete("nothing.like.th"), {})
        self.assertIsNone(self.inspect("nothing_like_this"))

    def test_documentation_of_this_library_is_rendered(self):
        for code, cursor in (("ImageFolder.open", None), ("ImageFolder.open(p, q, r)", 14), ("ImageFolder.open(p, ", None)):
            with self.subTest(code):
                text, html = self.inspect(code, cursor)
                self.assertIn("ImageFolder ImageFolder.open(Path directory, String imageColumn", text)
                self.assertIn("Parameters\n      • directory – the directory", text)
                self.assertIn("<li><code>directory</code> – the directory</li>", html)
                self.assertNotRegex(text + html, r"\{@|@param|@return")

    def test_documentation_of_other_libraries_is_found(self):
        for code in ("NDManager.newBaseManager().ones", "Table.create", "new XYChart(", "Charts.lines"):
            with self.subTest(code):
                text, _ = self.inspect(code)
                self.assertGreater(len(text.splitlines()), 2, text)
                self.assertNotIn("src.zip", text)

    def test_documentation_of_the_jdk_is_rendered_or_its_lack_is_said(self):
        text, _ = self.inspect("text.substring")
        self.assertIn("String String.substring(int beginIndex, int endIndex)", text)
        self.assertTrue("Parameters\n      • beginIndex" in text or "src.zip" in text, text)
        self.assertNotIn("{@", text)

    def test_a_completion_can_be_asked_about(self):
        for code in ("text.length()", "text.length(", "text.length", "int n = text.length()"):
            with self.subTest(code):
                self.assertTrue(self.inspect(code)[0].startswith("int String.length()"))

    def test_the_users_own_names_are_explained(self):
        self.assertEqual(self.inspect("count + 1", 5)[0], "count:int")
        self.assertIn("int twice(String s)", self.inspect("twice")[0])


if __name__ == "__main__":
    unittest.main()
