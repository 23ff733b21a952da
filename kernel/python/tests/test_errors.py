"""Tests of what a notebook shows when a cell fails."""

import re
import unittest

from session import Session, of_type


def plain(text):
    """The text without colours."""
    return re.sub("\x1b\\[[0-9;]*m", "", text)


class ErrorsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = Session()
        cls.addClassCleanup(cls.session.close)

    def setUp(self):
        # Cells are counted from here on.
        self.first = int(re.search(r"\[(\d+)]", self.fail_in("throw new Exception();")).group(1)) + 1

    def fail_in(self, cell):
        """Runs a cell that fails, and returns what is shown."""
        (self.error,) = of_type(self.session.run(cell), "error")
        return plain("\n".join(self.error["traceback"]))

    def succeed_in(self, cell):
        self.assertEqual(of_type(self.session.run(cell), "error"), [])

    def cell(self, number):
        return f"Cell In[{self.first + number}]"

    def test_an_exception_names_each_cell_and_line_on_its_way(self):
        self.succeed_in("int zero = 0;\nint divide(int n) {\n    // a comment\n    return n / zero;\n}")
        shown = self.fail_in("int a = 1;\n\nint b =\n    a +\n    divide(a);")
        self.assertEqual(
            shown.splitlines(),
            [
                "ArithmeticException: / by zero",
                f"  at {self.cell(0)}, line 4, in divide",
                "     2 int divide(int n) {",
                "     3     // a comment",
                "---> 4     return n / zero;",
                "     5 }",
                f"  at {self.cell(1)}, line 5",
                "---> 5     divide(a);",
            ],
        )
        self.assertEqual((self.error["ename"], self.error["evalue"]), ("ArithmeticException", "/ by zero"))
        self.assertIn("\x1b[", "".join(self.error["traceback"]))

    def test_frames_between_two_lines_of_cells_are_counted(self):
        shown = self.fail_in("List.of(1).stream().map(i -> {\n    return i / 0;\n}).toList();")
        self.assertIn(f"at {self.cell(0)}, line 2, in a lambda", shown)
        self.assertRegex(shown, r"… \d+ frames of java.util.stream")
        self.assertNotRegex(shown, r"jdk\.|jjava|REPL|JShell|java\.lang\.reflect")

    def test_causes_follow_with_their_own_lines(self):
        self.succeed_in(
            "class Unreadable extends Exception { Unreadable(Throwable c) { super(\"not a number\", c); } }\n"
            "void read() throws Unreadable {\n"
            "    try {\n"
            '        Integer.parseInt("twelve");\n'
            "    } catch (NumberFormatException e) {\n"
            "        throw new Unreadable(e);\n"
            "    }\n"
            "}"
        )
        shown = self.fail_in("read();")
        self.assertEqual((self.error["ename"], self.error["evalue"]), ("Unreadable", "not a number"))
        top, cause = shown.split("Caused by: ")
        self.assertIn(f"{self.cell(0)}, line 6, in read", top)
        self.assertIn('NumberFormatException: For input string: "twelve"', cause)
        self.assertIn("at java.lang.Integer.parseInt(Integer.java:", cause)
        self.assertIn(f"{self.cell(0)}, line 4, in read", cause)

    def test_an_exception_of_another_thread_keeps_its_lines(self):
        shown = self.fail_in("CompletableFuture.supplyAsync(() -> {\n    return 1 / 0;\n}).get()")
        self.assertIn("ArithmeticException: / by zero", shown)
        self.assertIn(f"{self.cell(0)}, line 2, in a lambda", shown)

    def test_an_endless_recursion_is_short(self):
        self.succeed_in("int odd(int n) { return even(n + 1); }\nint even(int n) { return odd(n + 1); }")
        shown = self.fail_in("int start = 1;\nodd(start)")
        self.assertEqual(self.error["ename"], "StackOverflowError")
        self.assertRegex(shown, r"… these 2 frames \d+ times more")
        self.assertIn(f"{self.cell(1)}, line 2", shown)
        self.assertLess(len(shown.splitlines()), 25)

    def test_a_wrong_input_is_one_sentence(self):
        shown = self.fail_in('var data = ImageFolder.open(Path.of("no-such-directory"), "image", "text");')
        self.assertEqual(self.error["ename"], "InvalidInputException")
        self.assertEqual(shown.splitlines()[0], "InvalidInputException: " + self.error["evalue"])
        self.assertEqual(shown.splitlines()[1], f"  at {self.cell(0)}, line 1")
        self.assertNotIn("Caused by", shown)
        self.assertNotIn(".java:", shown)

    def test_an_error_of_the_engine_keeps_the_call_that_failed(self):
        shown = self.fail_in("var m = NDManager.newBaseManager();\nm.ones(new Shape(2, 3)).matMul(m.ones(new Shape(2, 3)))")
        self.assertTrue(shown.startswith("ai.djl.engine.EngineException: "), shown)
        self.assertIn("PtNDArray.matMul(", shown)
        self.assertIn(f"{self.cell(0)}, line 2", shown)

    def test_a_compile_error_is_marked(self):
        shown = self.fail_in("int ok = 1;\n\tint wrong = okay + 1;")
        self.assertEqual(
            shown.splitlines(),
            [
                f"{self.cell(0)}, line 2: cannot find symbol: variable okay",
                "---> 2 \tint wrong = okay + 1;",
                "       \t            ^^^^",
            ],
        )
        self.assertEqual(self.error["ename"], "CompilationException")
        self.assertEqual(self.error["evalue"], f"{self.cell(0)}, line 2: cannot find symbol: variable okay")

    def test_a_mark_at_the_end_of_a_line_is_on_that_line(self):
        shown = self.fail_in("int ok = 1\nint other = 2;")
        self.assertEqual(
            shown.splitlines(), [f"{self.cell(0)}, line 1: ';' expected", "---> 1 int ok = 1", "                 ^"]
        )

    def test_a_class_without_import_comes_with_one(self):
        self.session.client.complete("String.", 7)  # whose reply comes when the classes are indexed
        self.session.client.get_shell_msg(timeout=60)
        for cell in ("ReentrantLock lock = null;", "ReentrantLock.class"):
            with self.subTest(cell):
                self.assertIn("perhaps: import java.util.concurrent.locks.ReentrantLock;", self.fail_in(cell))

    def test_a_second_failing_definition_of_a_name_is_reported_where_it_is(self):
        self.fail_in("int twice = nothing;")
        self.assertIn(f'{self.cell(1)}, line 1: incompatible types', self.fail_in('int twice = "text";'))

    def test_an_incomplete_cell_names_the_open_bracket(self):
        shown = self.fail_in('int ok = 1;\nif (ok > 0) {\n    System.out.println("}"); // }\n')
        self.assertIn(f"{self.cell(0)}, line 2: '{{' is not closed in this cell", shown)

    def test_a_method_that_lacks_something_says_so_when_it_is_defined_and_when_it_is_called(self):
        messages = self.session.run("int late() {\n    return notYet(1);\n}")
        sentence = "late() cannot be used until method notYet(int) is defined."
        self.assertEqual(
            "".join(content["text"] for content in of_type(messages, "stream")), f"{self.cell(0)}, line 2: {sentence}\n"
        )
        shown = self.fail_in("int early = 1;\nlate()")
        self.assertEqual(self.error["evalue"], sentence)
        self.assertEqual(
            shown.splitlines(),
            [
                sentence,
                f"  at {self.cell(0)}, line 2",
                "---> 2     return notYet(1);",
                "                  ^^^^^^",
                f"  at {self.cell(1)}, line 2",
                "     1 int early = 1;",
                "---> 2 late()",
            ],
        )
        self.succeed_in("int notYet(int n) { return n; }\nlate()")

    def test_lines_are_counted_past_magics(self):
        self.assertIn(f"{self.cell(0)}, line 3", self.fail_in("%%time\nint t = 1;\nint u = t / 0;"))
        self.assertIn(f"{self.cell(1)}, line 4: incompatible", self.fail_in('\n\n%time int v = 1\nint w = "text";'))
        self.assertIn("There is no magic %nosuch", self.fail_in("%nosuch magic"))

    def test_names_are_those_of_the_user(self):
        shown = self.fail_in("String text = null;\ntext.length()")
        self.assertIn('because "text" is null', shown)
        shown = self.fail_in("Object o = new Object() { public String toString() { return \"\" + 1 / 0; } };\no")
        self.assertIn("line 1, in toString of an anonymous class", shown)

    def test_the_kernel_goes_on(self):
        self.fail_in("1 / 0")
        self.assertEqual(self.session.text("1 + 1"), "2")


if __name__ == "__main__":
    unittest.main()
