package dev.text2image.tokenizers;

import dev.text2image.io.InvalidInputException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one prompt. */
final class WeightedPromptParser {
    private static final Pattern SYMBOL = Pattern.compile(
            "\\\\[()\\[\\]\\\\]?|[(\\[]|:\\s*(?<weight>[+-]?[.\\d]+)\\s*\\)|[)\\]]|[^\\\\()\\[\\]:]+|:");
    private static final Pattern BREAK = Pattern.compile("\\s*\\bBREAK\\b\\s*", Pattern.UNICODE_CHARACTER_CLASS);
    private static final double MORE = 1.1;
    private static final double LESS = 1 / MORE;

    private final String prompt;
    /** The texts of each section, the newest section last. */
    private final List<List<WeightedText>> sections = new ArrayList<>();

    private final Deque<Bracket> open = new ArrayDeque<>();

    /** A bracket that is not closed yet: its place in the prompt, and the section and the text that come after it. */
    private record Bracket(char symbol, int place, int section, int text) {}

    WeightedPromptParser(String prompt) {
        this.prompt = prompt;
        sections.add(new ArrayList<>());
    }

    WeightedPrompt parse() {
        Matcher symbols = SYMBOL.matcher(prompt);
        while (symbols.find()) {
            read(symbols);
        }
        if (!open.isEmpty()) {
            Bracket unclosed = open.pop();
            throw wrong(unclosed.symbol(), unclosed.place(), "that is not closed");
        }
        return new WeightedPrompt(
                sections.stream().map(WeightedPromptParser::joined).toList());
    }

    private void read(Matcher symbol) {
        String text = symbol.group();
        String weight = symbol.group("weight");
        if (weight != null) {
            close('(', ')', symbol.end() - 1, number(weight));
            return;
        }
        switch (text.charAt(0)) {
            case '\\' -> newest().add(new WeightedText(text.substring(1), 1));
            case '(', '[' ->
                open.push(new Bracket(text.charAt(0), symbol.start(), sections.size() - 1, newest().size()));
            case ')' -> close('(', ')', symbol.start(), MORE);
            case ']' -> close('[', ']', symbol.start(), LESS);
            default -> addText(text);
        }
    }

    private List<WeightedText> newest() {
        return sections.get(sections.size() - 1);
    }

    private void addText(String text) {
        String[] parts = BREAK.split(text, -1);
        newest().add(new WeightedText(parts[0], 1));
        for (int i = 1; i < parts.length; i++) {
            sections.add(new ArrayList<>(List.of(new WeightedText(parts[i], 1))));
        }
    }

    private void close(char wanted, char symbol, int place, double factor) {
        if (open.isEmpty() || open.peek().symbol() != wanted) {
            throw wrong(symbol, place, "that closes no '" + wanted + "'");
        }
        Bracket start = open.pop();
        for (int section = start.section(); section < sections.size(); section++) {
            List<WeightedText> texts = sections.get(section);
            int from = section == start.section() ? start.text() : 0;
            texts.subList(from, texts.size()).replaceAll(part -> new WeightedText(part.text(), part.weight() * factor));
        }
    }

    private double number(String weight) {
        try {
            return Double.parseDouble(weight);
        } catch (NumberFormatException e) {
            throw new InvalidInputException(
                    "The prompt '" + prompt + "' has the weight '" + weight + "'; it must be a number such as 1.3.", e);
        }
    }

    private InvalidInputException wrong(char symbol, int place, String problem) {
        return new InvalidInputException(
                "The prompt '" + prompt + "' has a '" + symbol + "' at character " + (place + 1) + " " + problem
                        + "; balance the brackets, or write \\" + symbol + " for the character itself.");
    }

    /** Neighbours of the same weight as one text, since words at their border may be one. */
    private static List<WeightedText> joined(List<WeightedText> texts) {
        List<WeightedText> joined = new ArrayList<>();
        for (WeightedText part : texts) {
            int last = joined.size() - 1;
            if (last >= 0 && joined.get(last).weight() == part.weight()) {
                joined.set(last, new WeightedText(joined.get(last).text() + part.text(), part.weight()));
            } else {
                joined.add(part);
            }
        }
        return joined.isEmpty() ? List.of(new WeightedText("", 1)) : joined;
    }
}
