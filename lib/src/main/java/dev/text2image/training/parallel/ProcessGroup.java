package dev.text2image.training.parallel;

/**
 * The processes that train one run together, each with its share of the rows of every micro-batch, as one of them sees it
 * (torch.distributed's ProcessGroup). All of them make the same optimizer steps; the first one writes what the run leaves behind.
 */
public interface ProcessGroup {
    /** A run of one process. */
    ProcessGroup ALONE = new ProcessGroup() {
        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public void sum(float... values) {}
    };

    /**
     * Returns the number of this process.
     *
     * @return from 0; 0 is the one that writes
     */
    int rank();

    /**
     * Returns the number of processes.
     *
     * @return at least 1
     */
    int size();

    /**
     * Adds up numbers of all processes, which wait for each other.
     *
     * @param values this process's numbers, as many as the others'; replaced by the sums, whose bits are the same in all processes
     * @throws java.io.UncheckedIOException naming the process that is gone
     */
    void sum(float... values);
}
