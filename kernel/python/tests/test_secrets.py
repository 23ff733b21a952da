"""Tests of questions whose answers nobody else may see, in the running kernel."""

import json
import unittest

from session import Session

SECRET = "hf_StandInTypedIntoTheKernel"
QUESTION = 'var token = askToken("Token: ");'


class SecretsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = Session()
        cls.addClassCleanup(cls.session.close)

    def ask(self, code=QUESTION, allow_stdin=True):
        """Sends a cell and returns it with the kernel's question, or with None if none comes before its end."""
        request = self.session.client.execute(code, allow_stdin=allow_stdin)
        if not allow_stdin:
            return request, None
        return request, self.session.client.get_stdin_msg(timeout=60)["content"]

    def rest(self, request):
        """What a cell sends until it has ended, and its reply, as text."""
        messages = []
        while not messages or messages[-1]["content"].get("execution_state") != "idle":
            message = self.session.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == request:
                messages.append(message)
        return json.dumps([messages, self.session.reply(request, timeout=60)], default=str)

    def test_what_is_typed_is_hidden_and_stands_nowhere(self):
        request, question = self.ask()
        self.assertEqual(question, {"prompt": "Token: ", "password": True})
        self.session.client.input(SECRET)
        self.assertNotIn(SECRET, self.rest(request))
        self.assertEqual(self.session.text("token"), "Optional[token from the question]")
        looks = ("token", "%who", "token.get()", "List.of(token)", "new Hub(Hub.shared().settings().withToken(token.get()))")
        for code in looks:
            self.assertNotIn(SECRET, json.dumps(self.session.run(code)))

    def test_a_wrong_answer_is_not_repeated(self):
        request, _ = self.ask()
        self.session.client.input(SECRET + " typed")
        said = self.rest(request)
        self.assertIn("holds blanks", said)
        self.assertNotIn(SECRET, said)

    def test_without_an_answer_there_is_no_token(self):
        request, _ = self.ask()
        self.session.client.input("")
        self.rest(request)
        self.assertEqual(self.session.text("token.isPresent()"), "false")

    def test_where_nobody_can_be_asked_the_cell_says_so_and_ends(self):
        request, _ = self.ask(allow_stdin=False)
        self.assertIn("Nobody can be asked for a token here", self.rest(request))
        self.assertEqual(self.session.text("token.isPresent()"), "false")

    def test_stop_ends_a_question_and_the_next_one_gets_its_own_answer(self):
        request, _ = self.ask()
        self.session.interrupt()
        self.assertIn("Interrupted", self.rest(request))
        request, _ = self.ask()
        self.session.client.input(SECRET)
        self.rest(request)
        self.assertEqual(self.session.text("token.isPresent()"), "true")


if __name__ == "__main__":
    unittest.main()
