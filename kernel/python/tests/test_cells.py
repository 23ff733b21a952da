"""Tests of what one cell does to the others: whatever it defines or breaks, the session goes on."""

import hashlib
import re
import tempfile
import unittest
import zipfile
from pathlib import Path

from session import Session, of_type
from test_errors import plain


class CellsTest(unittest.TestCase):
    """After each test a number, %who and %memory are still shown."""

    environment = None

    def setUp(self):
        self.check()

    def tearDown(self):
        self.check()

    @classmethod
    def setUpClass(cls):
        cls.session = Session(cls.environment)
        cls.addClassCleanup(cls.session.close)

    def check(self):
        self.assertEqual(self.session.text("1 + 1"), "2")
        self.assertIn("name", self.session.text("%who"))
        self.assertIn("Java heap", self.session.text("%memory"))

    def notes(self, cell):
        """Runs a cell that succeeds, and returns what it says beside its results."""
        messages = self.session.run(cell)
        self.assertEqual(of_type(messages, "error"), [], cell)
        return said(messages)

    def failure(self, cell):
        """Runs a cell that fails, and returns the error."""
        (error,) = of_type(self.session.run(cell), "error")
        return plain("\n".join(error["traceback"]))


def said(messages):
    return "".join(content["text"] for content in of_type(messages, "stream") if content["name"] == "stderr")


class NamesTest(CellsTest):
    def test_a_type_takes_the_place_of_an_import_by_name(self):
        for kind, name, origin in (
            ("record Color(int r) {}", "Color", "java.awt.Color"),
            ("record Duration(int s) {}", "Duration", "java.time.Duration"),
            ("class Device {}", "Device", "ai.djl.Device"),
            ("interface Engine {}", "Engine", "ai.djl.engine.Engine"),
            ("enum NDIndex { A }", "NDIndex", "ai.djl.ndarray.index.NDIndex"),
            ("interface Module {} record Part() implements Module {}", "Module", "dev.text2image.nn.Module"),
            ("@interface XYChart {}", "XYChart", "org.knowm.xchart.XYChart"),
            ("class BufferedImage<T> {}", "BufferedImage", "java.awt.image.BufferedImage"),
        ):
            with self.subTest(name):
                self.assertIn(f"The import of {origin} is gone: {name} is now the ", self.notes(kind))
                self.check()
                self.assertEqual(self.notes(kind), "")

    def test_an_import_takes_the_place_of_a_type_and_its_variables(self):
        self.notes("import java.awt.Point; Point p = new Point(1, 2);")
        self.assertIn("The import of java.awt.Point is gone: Point is now the record", self.notes("record Point(int x) {}"))
        self.notes("var q = new Point(3);")
        notes = self.notes("import java.awt.Point;")
        self.assertRegex(notes, r"The record Point of Cell In\[\d+] is gone: Point is now java\.awt\.Point\.")
        self.assertIn("The variable q of the old Point is gone.", notes)
        self.assertEqual(self.session.text("new Point(1, 2).y"), "2")

    def test_members_that_are_imported_by_name_and_those_of_cells_take_each_others_place(self):
        self.notes("import static java.lang.Math.max; import static java.lang.Math.PI;")
        notes = self.notes("int max(int a, int b) { return 7; } int PI = 3;")
        self.assertIn("The import of java.lang.Math.max is gone: max is now the method of this cell.", notes)
        self.assertIn("The import of java.lang.Math.PI is gone: PI is now the variable of this cell.", notes)
        self.assertEqual(self.session.text("max(PI, 9)"), "7")
        self.notes("import static java.lang.Math.max; import static java.lang.Math.PI;")
        self.assertEqual(self.session.text("max((int) PI, 9)"), "9")
        self.notes("int max = 1;")  # a variable is in the way of no method
        self.assertEqual(self.session.text("max(max, 2)"), "2")

    def test_an_import_of_what_does_not_exist_takes_nothing_away(self):
        self.notes("record Kept(int x) {} var kept = new Kept(1);")
        self.assertIn("does not exist", self.failure("import no.such.Kept;"))
        self.assertIn("cannot find symbol", self.failure("import java.util.Kept;"))
        self.assertEqual(self.session.text("kept.x()"), "1")

    def test_what_is_imported_with_others_comes_back_by_an_import(self):
        for definition, name, back in (
            ("class System {}", "System", "import java.lang.System;"),
            ("class String {}", "String", "import java.lang.String;"),
            ("class Math {}", "Math", "import java.lang.Math;"),
            ("class List {}", "List", "import java.util.List;"),
            ("@interface Override {}", "Override", "import java.lang.Override;"),
            ("class Integer {}", "Integer", "import java.lang.Integer;"),
            ("class Exception {}", "Exception", "import java.lang.Exception;"),
            ("int progress(int n) { return n; }", "progress", "import static dev.text2image.notebook.Notebook.progress;"),
            ("int grid(int n) { return n; }", "grid", "import static dev.text2image.notebook.Notebook.grid;"),
            (
                "int display(Object o) { return 3; }",
                "display",
                "import static org.dflib.jjava.jupyter.kernel.BaseNotebookStatics.display;",
            ),
        ):
            with self.subTest(name):
                self.assertIn(f'of this cell; "{back}" brings the other back.', self.notes(definition))
                self.check()
                self.assertIn(f"is gone: {name} is now ", self.notes(back))
        self.assertEqual(self.session.text('List.of(Math.max(1, Integer.parseInt("2")))'), "[2]")
        self.assertEqual(self.notes("for (int i : progress(2)) { }"), "")

    def test_a_type_that_jshell_cannot_do_without_is_refused(self):
        refused = 0
        for name in ("Object", "Throwable", "java", "dev"):  # whether the first two are depends on the JDK
            error = of_type(self.session.run(f"class {name} {{}}"), "error")
            if error:
                refused += 1
                self.assertIn(f"A cell cannot define class {name}: ", error[0]["evalue"])
                self.assertRegex(plain(error[0]["traceback"][1]), r"at Cell In\[\d+], line 1")
            self.check()
        self.assertGreaterEqual(refused, 2)

    def test_packages_and_helpers_may_be_names_of_variables(self):
        self.notes("int java = 1, dev = 2, org = 3, REPL = 4, progress = 5, grid = 6, kernel = 7, display = 8;")
        self.assertIn("device", self.session.text("%device"))
        self.assertIn("PATH", self.session.text("var path = %env PATH\npath"))
        self.assertIn("Wall time", self.session.text("for (int i = 0; i < 1; i++) {\n    %time 1\n}"))
        self.assertEqual(self.session.text("java + dev + org + REPL + progress + grid + kernel + display"), "36")

    def test_a_method_and_a_variable_may_be_named_as_anything(self):
        self.assertEqual(self.session.text('String println(String s) { return s; }\nprintln("a")'), "a")
        self.assertEqual(self.session.text("class Twice {}\nint Twice = 2;\nTwice"), "2")
        self.assertEqual(self.session.text("var anonymous = new Object() { int a = 3; };\nanonymous.a"), "3")


class ChangesTest(CellsTest):
    def test_variables_of_a_class_that_changes(self):
        made = 'class Cat {}\nvar cc = new Cat();\nCat dd = new Cat();\nvar cats = new ArrayList<>(java.util.List.of(cc));'
        self.notes(made)
        notes = self.notes("class Cat { int lives; }")
        self.assertRegex(notes, r"The variables cats, cc of the old Cat are gone\. Run Cell In\[\d+] again to have them\.")
        self.assertRegex(notes, r"The variable dd of the old Cat is null again\. Run Cell In\[\d+] again to have it\.")
        self.assertRegex(
            self.failure("cc"),
            r"cannot find symbol: variable cc\n(.*\n)*"
            r"  Cell In\[\d+] took away cc, a variable of the old Cat; run Cell In\[\d+] again\.",
        )
        self.check()
        self.assertEqual(self.notes(made.replace("{}", "{ int tail; }")), "")  # which makes them again
        self.assertEqual(self.session.text("cc.tail + cats.size()"), "1")

    def test_a_method_whose_helper_changes_says_why_it_cannot_be_called(self):
        self.assertEqual(self.session.text("int half(int n) { return part(n) / 2; }\nint part(int n) { return n; }\nhalf(4)"), "2")
        self.notes('String part(int n) { return "n"; }')
        self.assertIn("half() cannot be used: bad operand types", self.failure("half(4)"))
        self.notes("int part(int n) { return n * 2; }")
        self.assertEqual(self.session.text("half(4)"), "4")

    def test_an_initialiser_that_fails_says_what_the_variable_is(self):
        for cell, note in (("int count = 1 / 0;", "count is 0"), ("String text = List.<String>of().get(0);", "text is null")):
            messages = self.session.run(cell)
            self.assertEqual(len(of_type(messages, "error")), 1)
            self.assertEqual(said(messages), note + ": its initialiser failed.\n")
        self.assertEqual(self.session.text("count"), "0")

    def test_a_class_whose_start_fails_can_be_defined_again(self):
        self.assertIn("ArithmeticException: / by zero", self.failure("class Start { static int n = 1 / 0; }\nStart.n"))
        self.assertIn("Could not initialize class Start", self.failure("Start.n"))
        self.assertEqual(self.session.text("class Start { static int n = 1; }\nStart.n"), "1")

    def test_values_that_cannot_be_shown_are_listed_with_the_others(self):
        self.notes(
            'class Mute { public String toString() { throw new IllegalStateException("no"); } }\n'
            "class Odd extends ArrayList<String> { public int size() { throw new AssertionError(); } }\n"
            "var mute = new Mute(); var odd = new Odd(); int plain = 3;"
        )
        rows = {row.split()[0]: re.split(r"\s{2,}", row) for row in self.session.text("%who").splitlines()}
        self.assertEqual(rows["mute"][1:], ["Mute", "(IllegalStateException)"])
        self.assertEqual(rows["odd"][1:], ["Odd", "(AssertionError)"])
        self.assertEqual(rows["plain"][1:], ["int", "3"])


class MagicsTest(CellsTest):
    def test_a_magic_is_a_line_between_statements(self):
        self.assertIn("two", self.session.text("int one = 1\n%time int two = 2\n  %who"))
        self.assertEqual(self.session.text('%time String.join("-", "a b", "c")'), "a b-c")
        self.assertEqual(self.session.text("int r = 17\n    % 5;\nr"), "2")
        self.assertEqual(self.session.text("boolean ready = true;\n!ready"), "false")
        self.assertEqual(self.session.text("boolean b = false ||\n!ready;\nb"), "false")
        self.assertEqual(self.session.text("/* a comment\n%who\n*/ 5"), "5")

    def test_words_in_quotes_are_one_argument(self):
        self.assertEqual(self.session.text('%env T2I_QUOTED="a  b"'), "T2I_QUOTED  a  b")
        self.assertEqual(self.session.text("%env T2I_QUOTED=C:\\dir"), "T2I_QUOTED  C:\\dir")

    def test_a_magic_that_fails_names_its_line(self):
        shown = self.failure("int ok = 1;\n%env a b=c")
        self.assertIn("'a b' is no name of a variable", shown)
        self.assertRegex(shown, r"at Cell In\[\d+], line 2")
        self.assertNotRegex(shown, r"Magic\$|java\.util\.concurrent|jjava")

    def test_stop_ends_a_magic(self):
        def stop_once_running(message):
            if message[0] == "stream":
                self.session.interrupt()

        messages = self.session.run('%time { System.out.println("on"); while (true) { } }', 60, stop_once_running)
        self.assertEqual([error["ename"] for error in of_type(messages, "error")], ["EvaluationInterruptedException"])

    def test_a_class_path_that_does_not_exist(self):
        shown = self.failure("%classpath no-such.jar")
        self.assertIn("There is no ", shown)
        self.assertIn("no-such.jar, so %classpath has added nothing", shown)

    def test_a_library_that_is_here_in_another_version(self):
        with tempfile.TemporaryDirectory() as directory:
            home = Path(directory, "org", "knowm", "xchart", "xchart", "3.0.0")
            home.mkdir(parents=True)
            (home / "xchart-3.0.0.pom").write_text(
                "<project><modelVersion>4.0.0</modelVersion><groupId>org.knowm.xchart</groupId>"
                "<artifactId>xchart</artifactId><version>3.0.0</version></project>"
            )
            with zipfile.ZipFile(home / "xchart-3.0.0.jar", "w") as jar:
                jar.writestr("org/knowm/xchart/XYChart.class", b"")
            for file in list(home.iterdir()):
                Path(f"{file}.sha1").write_text(hashlib.sha1(file.read_bytes()).hexdigest())
            notes = self.notes(f"%maven org.knowm.xchart:xchart:3.0.0 --from {Path(directory).as_uri()}")
        self.assertRegex(notes, r"^xchart 4[.\d]+ was here before and stays; 3\.0\.0, of .*, is not added\.")
        version = re.search(r"xchart (4[.\d]*\d)", notes).group(1)
        self.assertEqual(
            self.notes(f"%maven org.knowm.xchart:xchart:{version}"),
            f"xchart {version} was here before %maven org.knowm.xchart:xchart:{version}.\n",
        )


class FailuresTest(CellsTest):
    """What a cell may do to the JVM."""

    environment = {"TEXT2IMAGE_JVM_OPTS": "-Xmx300m"}

    def test_text_that_does_not_end(self):
        for cell in ('String s = "never', "/* never", 'var t = """\n  never', "if (true) {", "f(1,", "'", "package foo;", "%%time\n{"):
            with self.subTest(cell):
                self.failure(cell)
                self.assertEqual(self.session.text("1 + 1"), "2")

    def test_streams_and_defaults_that_a_cell_changes(self):
        self.notes("{ System.setOut(null); System.setErr(null); System.setIn(null); }")
        self.assertEqual(of_type(self.session.run('System.out.println("here");'), "stream")[0]["text"], "here\n")
        self.notes('Locale.setDefault(Locale.GERMANY); TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));')
        self.assertIn("cannot find symbol: variable nosuch", self.failure("nosuch"))

    def test_threads_that_a_cell_leaves(self):
        self.notes("new Thread(() -> { try { Thread.sleep(600_000); } catch (InterruptedException e) { } }).start();")
        thread = 'var broken = new Thread(() -> { throw new IllegalStateException("in a thread"); });'
        self.assertIn("in a thread", self.notes(thread + " broken.start(); broken.join();"))
        self.notes('Thread.currentThread().interrupt();\nSystem.out.println("after");')

    def test_a_stack_and_a_heap_that_are_full(self):
        self.assertIn("StackOverflowError", self.failure("int deep(int n) { return deep(n + 1) + 1; }\ndeep(0)"))
        self.assertIn("OutOfMemoryError", self.failure("int[] big = new int[Integer.MAX_VALUE];"))
        self.failure("{ var hog = new ArrayList<long[]>(); while (true) hog.add(new long[1 << 20]); }")
        self.failure("var hog = new ArrayList<long[]>();\nwhile (true) hog.add(new long[1 << 20]);")
        self.check()
        self.notes("hog = null;")


del CellsTest  # it has no tests of its own

if __name__ == "__main__":
    unittest.main()
