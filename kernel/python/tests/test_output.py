"""Tests of what cells print and run in the shell: complete, in order, in few messages, and live."""

import os
import unittest

import psutil
from session import Session, of_type


def printed(messages):
    """All text of a cell, of either stream, as (stream, text), with neighbours joined."""
    joined = []
    for content in of_type(messages, "stream"):
        if joined and joined[-1][0] == content["name"]:
            joined[-1] = (content["name"], joined[-1][1] + content["text"])
        else:
            joined.append((content["name"], content["text"]))
    return joined


class OutputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = Session()
        cls.addClassCleanup(cls.session.close)

    def run_cell(self, code, **options):
        messages = self.session.run(code, **options)
        self.assertEqual(of_type(messages, "error"), [])
        return messages

    def error(self, code):
        (error,) = of_type(self.session.run(code), "error")
        return error

    def test_many_lines_are_few_messages_and_complete(self):
        messages = self.run_cell('for (int i = 0; i < 100_000; i++) System.out.println("line " + i);')
        self.assertEqual(printed(messages), [("stdout", "".join(f"line {i}\n" for i in range(100_000)))])
        self.assertLess(len(of_type(messages, "stream")), 1000)

    def test_a_reader_that_comes_late_misses_nothing(self):
        request = self.session.client.execute(
            'for (int i = 0; i < 3000; i++) { System.out.print(i + " "); display(i); }'
        )
        self.session.reply(request, timeout=120)
        messages = []
        while not messages or messages[-1][1].get("execution_state") != "idle":
            message = self.session.client.get_iopub_msg(timeout=30)
            if message["parent_header"].get("msg_id") == request:
                messages.append((message["msg_type"], message["content"]))
        shown = [content["data"]["text/plain"] for content in of_type(messages, "display_data")]
        self.assertEqual(shown, [str(i) for i in range(3000)])
        self.assertEqual(printed(messages)[0][1].split(), shown)

    def test_streams_pictures_and_results_keep_their_order(self):
        messages = self.run_cell(
            'System.out.print("a"); System.err.print("b"); System.out.print("c"); display("d"); System.out.print("e");'
            " 6 * 7"
        )
        order = [
            content.get("text") or content["data"]["text/plain"]
            for kind, content in messages
            if kind in ("stream", "display_data", "execute_result")
        ]
        self.assertEqual(order, ["a", "b", "c", "d", "e", "42"])

    def test_streams_that_change_all_the_time_are_few_messages(self):
        messages = self.run_cell(
            "for (int i = 0; i < 20_000; i++) { System.out.println(i); System.err.println(-i); }"
        )
        for name, sign in (("stdout", ""), ("stderr", "-")):
            text = "".join(content["text"] for content in of_type(messages, "stream") if content["name"] == name)
            self.assertEqual(text.split(), ["0", *(f"{sign}{i}" for i in range(1, 20_000))])
        self.assertLess(len(of_type(messages, "stream")), 3000)

    def test_text_is_sent_while_the_cell_runs(self):
        def stop(message):
            if message[0] == "stream":
                self.session.interrupt()

        messages = self.session.run('System.out.print("\\rwaiting"); while (true) Thread.sleep(10);', on_message=stop)
        self.assertEqual(printed(messages), [("stdout", "\rwaiting")])

    def test_nothing_is_lost_when_a_cell_fails(self):
        messages = self.session.run('System.out.print("before"); throw new IllegalStateException("no");')
        kinds = [kind for kind, _ in messages if kind in ("stream", "error")]
        self.assertEqual(kinds, ["stream", "error"])

    def test_nothing_is_lost_when_a_cell_is_stopped(self):
        pressed = []

        def stop(message):
            if message[0] == "stream" and not pressed:  # a second Stop might be that of the next cell
                pressed.append(message)
                self.session.interrupt()

        self.session.run("int told = 0;")
        messages = self.session.run(
            'while (true) { System.out.print(told++ + " "); Thread.sleep(1); }', on_message=stop
        )
        numbers = printed(messages)[0][1].split()
        self.assertEqual(numbers, [str(i) for i in range(len(numbers))])
        # Stop is reported at once; what the cell prints after that is no longer its output.
        self.assertAlmostEqual(len(numbers), int(self.session.text("told")), delta=1)

    def test_text_of_other_threads_arrives(self):
        messages = self.run_cell(
            'var threads = IntStream.range(0, 4).mapToObj(n -> new Thread(() -> { for (int i = 0; i < 1000; i++)'
            ' System.out.println(n + " " + i); })).toList(); threads.forEach(Thread::start);'
            " for (var thread : threads) thread.join();"
        )
        lines = printed(messages)[0][1].splitlines()
        self.assertEqual(sorted(lines), sorted(f"{n} {i}" for n in range(4) for i in range(1000)))

    def test_the_text_before_a_question_is_sent_first(self):
        client = self.session.client
        request = client.execute(
            'System.out.print("name? "); String name = new Scanner(System.in).nextLine();', allow_stdin=True
        )
        client.get_stdin_msg(timeout=60)
        text = ""
        while "name? " not in text:
            message = client.get_iopub_msg(timeout=30)
            text += message["content"].get("text", "")
        client.input("Ada")
        self.assertEqual(self.session.reply(request, timeout=60)["status"], "ok")
        self.assertEqual(self.session.text("name"), "Ada")

    def test_display_does_not_show_its_identifier_too(self):
        messages = self.run_cell('display("picture")')
        self.assertEqual(of_type(messages, "execute_result"), [])
        self.assertEqual(len(of_type(messages, "display_data")), 1)
        messages = self.run_cell('String shownAs = display("picture"); shownAs')
        (display,) = of_type(messages, "display_data")
        (result,) = of_type(messages, "execute_result")
        self.assertEqual(result["data"]["text/plain"], display["transient"]["display_id"])

    def test_a_progress_bar_without_a_loop_says_what_it_is_for(self):
        self.assertEqual(
            self.session.text('progress(3, "train")'),
            'a progress bar "train" over 3 steps, which a loop shows: for (var item : progress(...)) { ... }',
        )

    def test_arrays_are_shown_like_lists(self):
        self.assertEqual(self.session.text("new int[][] {{1, 2}, {3}}"), "[[1, 2], [3]]")
        self.session.run("enum Colour { RED, GREEN }")
        self.assertEqual(self.session.text("Colour.values()"), "[RED, GREEN]")
        self.assertEqual(
            self.session.text("IntStream.range(0, 200_000).boxed().toList()"),
            "[0, 1, 2, … 200,000 in all …, 199997, 199998, 199999]",
        )

    def test_exits_are_errors_of_their_cell(self):
        for code in (
            "System.exit(1);",
            "Runtime.getRuntime().exit(1);",
            "Runtime.getRuntime().halt(1);",
            "java.util.function.IntConsumer end = System::exit; end.accept(1);",
            "java.util.function.IntConsumer stop = Runtime.getRuntime()::halt; stop.accept(1);",
            "class Tool { static void main(String... words) { System.exit(1); } } Tool.main();",
        ):
            with self.subTest(code):
                self.assertIn("Kernel > Restart Kernel", self.error(code)["evalue"])
        self.assertEqual(self.session.text("1 + 1"), "2")

    def test_unknown_magics_name_the_nearest(self):
        for code, said in (
            ("%hel", "There is no magic %hel; did you mean %help? %help lists all."),
            ("%%tme\n1 + 1", "There is no magic %%tme; did you mean %%time? %help lists all."),
            ("%zzzzzz", "There is no magic %zzzzzz. %help lists all."),
            ("%%who\n1", "There is no magic %%who, but %who for a line of its own."),
        ):
            with self.subTest(code):
                self.assertEqual(self.error(code)["evalue"], said)

    def test_html_is_shown(self):
        data = self.session.data("%%html\n<b>bold</b>\n<i>%d</i>")
        self.assertEqual(data["text/html"], "<b>bold</b>\n<i>%d</i>")

    @unittest.skipIf(os.name == "nt", "commands of POSIX")
    def test_shell_commands_print_both_streams(self):
        messages = self.run_cell("%shell echo out; echo é")
        self.assertEqual(printed(messages), [("stdout", "out\né\n")])
        for magic in ("shell", "bash", "sh"):
            messages = self.run_cell(f"%%{magic}\nword=error\necho $word >&2")
            self.assertEqual(printed(messages), [("stderr", "error\n")])
        self.assertEqual(of_type(messages, "execute_result"), [])

    @unittest.skipIf(os.name == "nt", "commands of POSIX")
    def test_an_exclamation_mark_runs_the_line_as_it_stands(self):
        for cell, out in (
            ("!echo hi", "hi\n"),
            ("!echo 'a  b' \"c  d\" | tr a-d A-D", "A  B C  D\n"),
            ("%sh echo 'a  b' \\\"c", "a  b \"c\n"),
            ("%shell echo 'a  b' \"\" | cat", "a  b \n"),
            ('String word = "x";\n!echo one\n  !echo two\nword', "one\ntwo\n"),
            ("%%shell\nfor i in 1 2; do\n  echo $i\ndone", "1\n2\n"),
        ):
            with self.subTest(cell):
                self.assertEqual(printed(self.run_cell(cell)), [("stdout", out)])
                self.assertEqual(self.session.text("1 + 1"), "2")
        for cell, said in (
            ("!no-such-command", "The command ended with exit code 127."),
            ("%shell exit 4", "The command ended with exit code 4."),
            ("%shell", "There is no command beside or below the magic."),
            ("%%shell\n", "There is no command beside or below the magic."),
            ("%%shell echo\ntrue", "%%shell has nothing beside it; the commands stand below it."),
        ):
            with self.subTest(cell):
                self.assertEqual(self.error(cell)["evalue"], said)
                self.assertEqual(self.session.text("1 + 1"), "2")

    def test_what_a_cell_is_told_follows_what_it_prints(self):
        cell = 'System.out.print("a"); System.err.print("b"); display("c");\nrecord Duration(int s) {}\nSystem.out.print("d"); 5'
        order = [
            content.get("text") or content["data"]["text/plain"]
            for kind, content in self.run_cell(cell)
            if kind in ("stream", "display_data", "execute_result")
        ]
        self.assertEqual(order[:5], ["a", "b", "c", "d", "5"])
        self.assertIn("The import of java.time.Duration is gone", order[5])

    @unittest.skipIf(os.name == "nt", "commands of POSIX")
    def test_a_command_that_fails_is_an_error(self):
        messages = self.session.run("%%shell\necho first\nexit 3")
        self.assertEqual(printed(messages), [("stdout", "first\n")])
        (error,) = of_type(messages, "error")
        self.assertEqual(error["evalue"], "The command ended with exit code 3.")

    @unittest.skipIf(os.name == "nt", "commands of POSIX")
    def test_stop_ends_a_command_and_its_children(self):
        children = []

        def stop(message):
            if message[0] == "stream":
                children.extend(
                    child for child in psutil.Process(self.pid()).children(recursive=True) if child.name() == "sleep"
                )
                self.session.interrupt()

        messages = self.session.run("%%shell\nsleep 611 &\necho on\nsleep 612", on_message=stop)
        self.assertEqual(of_type(messages, "error")[0]["ename"], "EvaluationInterruptedException")
        self.assertEqual(len(children), 2)
        _, alive = psutil.wait_procs(children, timeout=30)
        self.assertEqual(alive, [])

    def pid(self):
        return self.session.manager.provisioner.pid


if __name__ == "__main__":
    unittest.main()
