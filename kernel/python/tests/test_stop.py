"""Tests of the Stop button: whatever a cell does, and whenever Stop is pressed, nothing of the cell runs on."""

import threading
import unittest

from session import Session, of_type

SHOWN = ("stream", "display_data", "update_display_data")
TIMES = 8  # a Stop that is lost now and then is lost


class StopTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = Session()
        cls.addClassCleanup(cls.session.close)

    def stop(self, cell, delay=0.0, session=None, count=1):
        """Runs a cell that counts in x and does not end, stops it some time after its first output, and checks that it ended."""
        session = session or self.session
        session.run("long x = 0;")
        shown = 0

        def interrupt_once_running(message):
            nonlocal shown
            if message[0] in SHOWN:
                shown += 1
                if shown == count:
                    if delay:
                        threading.Timer(delay, session.interrupt).start()
                    else:
                        session.interrupt()

        messages = session.run(cell, 60, interrupt_once_running)
        self.assertEqual(
            [error["ename"] for error in of_type(messages, "error")], ["EvaluationInterruptedException"], messages[-3:]
        )
        self.check_that_nothing_runs(session)

    def check_that_nothing_runs(self, session):
        """Soon no thread but that of this check runs cells, the counter stands still, and output arrives."""
        session.run(
            "long running() { return Thread.getAllStackTraces().entrySet().stream()"
            ".filter(e -> e.getKey() != Thread.currentThread() && Arrays.stream(e.getValue())"
            '.anyMatch(f -> f.getClassName().startsWith("REPL."))).count(); }'
        )
        # A native call that is under way, such as the load of a library, ends before its cell does.
        session.run("for (int i = 0; i < 600 && running() > 0; i++) Thread.sleep(100);")
        self.assertEqual(session.text("running()"), "0", "a thread still runs a cell")
        still = session.text("long before = x; Thread.sleep(200); x - before")
        self.assertEqual(still, "0", "the loop runs on in the background")
        messages = session.run('System.out.println("next"); for (int i = 0; i < 3; i++) x = i;')
        self.assertEqual("".join(content["text"] for content in of_type(messages, "stream")), "next\n")
        self.assertEqual(of_type(messages, "error"), [])

    def stop_several_times(self, cell, **options):
        for time in range(TIMES):
            with self.subTest(time=time):
                self.stop(cell, **options)

    def test_this_version_of_jjava_has_the_places_that_the_agent_changes(self):
        self.assertEqual(self.session.text("dev.text2image.kernel.stop.StopRequests.missingHooks()"), "[]")

    def test_stop_at_the_moment_of_output(self):
        self.stop_several_times('{ System.out.println("running"); while (true) x++; }')

    def test_stop_while_the_cell_prints(self):
        self.stop_several_times("for (;; x++) if (x % 300_000 == 0) System.out.println(x);", count=3)

    def test_stop_of_a_wait_after_output(self):
        self.stop_several_times(
            '{ for (; x < 200; x++) System.out.println(x); java.util.concurrent.locks.LockSupport.park(); '
            "while (true) Thread.sleep(1000_000); }"
        )

    def test_stop_while_a_bar_is_updated(self):
        self.stop_several_times(
            'try (var p = Progress.start("train", 1L << 40)) { while (true) { x++; p.step("step " + x); } }', count=2
        )

    def test_stop_while_a_chart_is_updated(self):
        self.stop_several_times(
            'try (var c = LiveChart.of("Loss", "step", "loss")) { while (true) c.add("loss", x++, 1); }'
        )

    def test_stop_of_compiled_code_that_only_shows_progress(self):
        self.session.run(
            "class Fit { static void run(Progress p) { java.util.stream.LongStream.range(0, Long.MAX_VALUE)"
            ".forEach(new Step(p)); } } record Step(Progress p) implements java.util.function.LongConsumer {"
            ' public void accept(long i) { x++; if (i % 1000 == 0) System.out.println("out"); p.step(); } }'
        )
        self.stop_several_times('try (var p = Progress.start("fit", 1L << 40)) { Fit.run(p); }', count=4)

    def test_stop_during_the_first_load_of_the_engine(self):
        for delay in (0.0, 0.1, 0.3, 0.6, 1.0):
            with self.subTest(delay=delay), Session() as session:
                self.stop(
                    '{ System.out.println("running"); NDManager.newBaseManager().ones(new Shape(2)).sum().getFloat();'
                    " while (true) x++; }",
                    delay=delay,
                    session=session,
                )
                self.assertEqual(
                    session.text("NDManager.newBaseManager().ones(new Shape(2)).sum().getFloat()"), "2.0"
                )

    def statuses_of_all(self, cells, on_message=lambda message: None, **options):
        """Sends all cells at once, as "Run All" does; returns the status of each reply, in order."""
        requests = [self.session.client.execute(cell, **options) for cell in cells]
        idle = set()
        while not idle.issuperset(requests):
            message = self.session.client.get_iopub_msg(timeout=60)
            on_message((message["msg_type"], message["content"]))
            if message["content"].get("execution_state") == "idle":
                idle.add(message["parent_header"].get("msg_id"))
        return [self.session.reply(request, timeout=60)["status"] for request in requests]

    def test_cells_behind_a_failure_do_not_run(self):
        self.session.run("int y = 0;")
        cells = ["y = 1;", 'throw new RuntimeException("no")', "y = 2;", "y = 3;"]
        self.assertEqual(self.statuses_of_all(cells), ["ok", "error", "aborted", "aborted"])
        self.assertEqual(self.session.text("y"), "1")
        self.assertEqual(self.statuses_of_all(cells, stop_on_error=False), ["ok", "error", "ok", "ok"])
        self.assertEqual(self.session.text("y"), "3")

    def test_a_cell_sent_right_after_a_failure_runs(self):
        self.session.run("int w = 0;")
        for time in range(3 * TIMES):
            self.session.run('throw new RuntimeException("no")')
            self.session.run("w++;")
            self.assertEqual(self.session.text("w"), str(time + 1))

    def test_cells_behind_a_stopped_one_do_not_run(self):
        def interrupt_once_running(message):
            if message[0] == "stream":
                self.session.interrupt()

        self.session.run("int z = 0;")
        cells = ['System.out.println("on"); while (true) Thread.sleep(10);', "z = 1;"]
        self.assertEqual(self.statuses_of_all(cells, interrupt_once_running), ["error", "aborted"])
        self.assertEqual(self.session.text("z"), "0")

    def test_stop_between_two_statements(self):
        statements = "\n".join(f"int statement{i} = {i}; x++;" for i in range(30))
        self.stop_several_times(f'System.out.println("running");\n{statements}\nwhile (true) x++;')

    def test_stop_reaches_code_that_swallows_everything(self):
        self.stop_several_times(
            'System.out.println("running"); while (true) try { Thread.sleep(1); x++; } catch (Throwable t) { }'
        )

    def test_stop_of_a_recursion(self):
        self.session.run("long f(int n) { x++; return n < 2 ? n : f(n - 1) + f(n - 2); }")
        self.stop('{ System.out.println("running"); f(60); }')

    def test_what_a_stopped_cell_opened_is_closed(self):
        self.session.run("int closed = 0; class Open implements AutoCloseable { public void close() { closed++; } }")
        self.stop('{ System.out.println("running"); try (var open = new Open()) { while (true) x++; } }')
        self.assertEqual(self.session.text("closed"), "1")

    def test_a_stop_without_a_running_cell_changes_nothing(self):
        self.session.interrupt()
        self.session.run("Thread.sleep(1000)")  # the request may be read only now
        self.assertEqual(self.session.text("int sum = 0; for (int i = 0; i < 9; i++) sum += i; sum"), "36")

    # In the middle of a loop, when nothing else takes the interrupt.

    def test_stop_ends_a_loop_of_the_library(self):
        self.stop_running(
            'try (var p = Progress.start("train", 100000))'
            " { for (int i = 0; i < 100000; i++) { Thread.sleep(5); x++; p.step(); } }"
        )

    def test_stop_ends_loops_in_compiled_code_that_report_progress(self):
        self.session.run(
            "class Trainer { static void run(Runnable step) { java.util.stream.LongStream.range(0, Long.MAX_VALUE)"
            ".forEach(i -> { step.run(); dev.text2image.progress.Progress.checkInterrupted(); }); } }"
        )
        self.stop_running("Trainer.run(() -> x++);")

    def test_stop_ends_loops_of_the_user(self):
        for loop in (
            "while (true) x++;",
            "do { x++; } while (x > 0);",
            "for (;;) for (int i = 0; i < 10; i++) x++;",
            "IntStream.generate(() -> 1).forEach(i -> x += i);",
        ):
            with self.subTest(loop):
                self.stop_running(loop)

    def test_stop_ends_loops_over_native_calls(self):
        self.session.run("NDManager.newBaseManager().ones(new Shape(2)).sum().getFloat()")
        self.stop_running(
            "try (var m = NDManager.newBaseManager()) { var a = m.ones(new Shape(64, 64));"
            " while (true) { try (var b = a.matMul(a)) { x++; } } }"
        )

    def stop_running(self, loop):
        self.stop('{ System.out.println("running"); ' + loop + " }", delay=0.5)


if __name__ == "__main__":
    unittest.main()
