package dev.text2image.nn;

import java.util.ArrayList;
import java.util.List;

/** One expression of traced code, as far as {@link Trace} writes them. */
sealed interface Expression {
    /** A variable. */
    record Name(String name) implements Expression {}

    /** A parameter, by its place among the module's parameters. */
    record Weight(int index) implements Expression {}

    /** A number; other constants, such as None and True, are NaN, as no shape depends on them. */
    record Constant(double value) implements Expression {}

    /** A list of sizes. */
    record Sizes(List<Expression> items) implements Expression {}

    /** A call of an operation, whose name has no namespace; keyword arguments are left out. */
    record Call(String operation, List<Expression> arguments) implements Expression {}

    /** Parses the text of an expression. */
    static Expression parse(String text) {
        Parser parser = new Parser(text);
        Expression expression = parser.expression();
        parser.expectEnd();
        return expression;
    }

    /** Recursive descent over one line. */
    final class Parser {
        private final String text;
        private int position;

        private Parser(String text) {
            this.text = text;
        }

        private Expression expression() {
            if (accept('[')) {
                return new Sizes(list(']'));
            }
            String word = word();
            Expression result;
            if (accept('(')) {
                result = new Call(word.substring(word.lastIndexOf('.') + 1), list(')'));
            } else if (word.equals("w") && accept('[')) {
                result = new Weight((int) number(word()));
                expect(']');
                return result;
            } else {
                result = Character.isLetter(word.charAt(0)) && Character.isDigit(word.charAt(word.length() - 1))
                        ? new Name(word)
                        : new Constant(number(word));
            }
            if (accept('[')) { // an item of a list of equal parts: all are alike
                word();
                expect(']');
            }
            return result;
        }

        private List<Expression> list(char end) {
            List<Expression> items = new ArrayList<>();
            while (!accept(end)) {
                int start = position;
                String word = peekWord();
                if (text.startsWith(word + "=", start)) {
                    position += word.length() + 1;
                    expression();
                } else {
                    items.add(expression());
                }
                accept(',');
                accept(' ');
            }
            return items;
        }

        private static double number(String word) {
            return word.matches("-?[0-9.].*") ? Double.parseDouble(word) : Double.NaN;
        }

        private String peekWord() {
            int end = position;
            while (end < text.length() && "()[], =".indexOf(text.charAt(end)) < 0) {
                end++;
            }
            return text.substring(position, end);
        }

        private String word() {
            String word = peekWord();
            if (word.isEmpty()) {
                throw unexpected();
            }
            position += word.length();
            return word;
        }

        private boolean accept(char c) {
            boolean found = position < text.length() && text.charAt(position) == c;
            position += found ? 1 : 0;
            return found;
        }

        private void expect(char c) {
            if (!accept(c)) {
                throw unexpected();
            }
        }

        private void expectEnd() {
            if (position != text.length()) {
                throw unexpected();
            }
        }

        private IllegalStateException unexpected() {
            return new IllegalStateException(
                    "Traced code that is not understood at character " + position + ": " + text);
        }
    }
}
