package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import java.util.List;

/**
 * One of several parts of a command's work, each of which any process may do.
 *
 * @param number which one, from 1
 * @param count of how many
 */
record Part(int number, int count) {
    /** Checks the numbers. */
    Part {
        if (number < 1 || number > count) {
            throw new InvalidInputException("part is " + number + "/" + count + "; it must be from 1/" + count + " to "
                    + count + "/" + count + ".");
        }
    }

    /** Reads {@code "2/8"}. */
    static Part parse(String text) {
        String[] numbers = text.split("/", -1);
        try {
            if (numbers.length == 2) {
                return new Part(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
            }
        } catch (NumberFormatException e) {
            throw new InvalidInputException(wrong(text), e);
        }
        throw new InvalidInputException(wrong(text));
    }

    private static String wrong(String text) {
        return "part is '" + text + "'; give number/count, for example 2/8.";
    }

    /** Takes this part of the work; the parts differ by one at most. */
    <T> List<T> of(List<T> all) {
        long size = all.size();
        return all.subList((int) (size * (number - 1) / count), (int) (size * number / count));
    }
}
