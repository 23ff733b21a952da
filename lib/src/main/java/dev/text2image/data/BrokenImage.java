package dev.text2image.data;

import java.io.Serializable;

/**
 * An image that cannot be read.
 *
 * @param row its row's number in the data set that was checked, from 0
 * @param name the file's path, or another name that a person can find the row by
 * @param reason what is wrong: a phrase in which "it" is the file
 */
public record BrokenImage(int row, String name, String reason) implements Serializable {
    @Override
    public String toString() {
        return name + ": " + reason;
    }
}
