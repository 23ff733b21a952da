package dev.text2image.kernel.stop;

import dev.text2image.io.InvalidInputException;

/** What calls of {@code System.exit} and its kind in cells are turned into: the kernel would be gone, with all variables. */
@SuppressWarnings("DoNotCallSuggester") // only changed classes call it
public final class Exits {
    private Exits() {}

    /**
     * Refuses to end the kernel; the changed classes call it in place of {@link System#exit}.
     *
     * @param status the status that the process would have ended with
     * @throws InvalidInputException always
     */
    public static void exit(int status) {
        throw new InvalidInputException(
                "exit(" + status + ") would end the kernel and lose all variables, so a cell may "
                        + "not call it. To restart the kernel choose Kernel > Restart Kernel in the menu; to end a cell early, throw "
                        + "an exception.");
    }

    /**
     * Refuses to end the kernel; the changed classes call it in place of {@link Runtime#exit} and {@link Runtime#halt}.
     *
     * @param runtime the process
     * @param status the status that the process would have ended with
     * @throws InvalidInputException always
     */
    public static void exit(Runtime runtime, int status) {
        exit(status);
    }
}
