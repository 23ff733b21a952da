package dev.text2image.singlefile;

/**
 * Where a parameter stands in an original file.
 *
 * @param name the tensor's name
 * @param part which part of the tensor's first dimension it is, from 0
 * @param parts in how many equal parts that dimension is cut: 3 where queries, keys and values are one tensor, else 1
 */
record OriginalTensor(String name, int part, int parts) {
    static OriginalTensor whole(String name) {
        return new OriginalTensor(name, 0, 1);
    }
}
