package dev.text2image.torch;

import java.util.concurrent.CountDownLatch;

/** Threads of OpenMP that sleep until this is closed. */
final class IdleTeam implements AutoCloseable {
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * Starts the threads.
     *
     * @param name their name
     * @param size how many
     */
    IdleTeam(String name, int size) {
        Thread owner = new Thread(() -> rest(size), name);
        owner.setDaemon(true);
        owner.start();
    }

    /** A team lasts as long as the thread that started it. */
    private void rest(int size) {
        OpenMp.startTeam(size);
        boolean waits = true;
        while (waits) {
            try {
                closed.await();
                waits = false;
            } catch (InterruptedException e) {
                waits = true; // nobody ends this thread but close
            }
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
