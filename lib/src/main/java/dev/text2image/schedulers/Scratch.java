package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;

/** Holds the intermediate arrays of one computation, and lets only its result out. */
final class Scratch implements AutoCloseable {
    private final NDArray first;
    private final NDManager manager;

    /**
     * Opens the scratch space.
     *
     * @param first the operand whose type, device and manager the result takes
     */
    Scratch(NDArray first) {
        this.first = first;
        this.manager = first.getManager().newSubManager(first.getDevice());
    }

    NDManager manager() {
        return manager;
    }

    /** Brings an operand in: results attach to the manager of a first operand, so each must be an array of this space. */
    NDArray float32(NDArray operand) {
        NDArray copy = operand.toType(DataType.FLOAT32, true);
        copy.attach(manager);
        return copy;
    }

    /** Lets a result out, in the type of the first operand and attached to its manager. */
    NDArray release(NDArray result) {
        NDArray released = result.toType(first.getDataType(), false);
        released.attach(first.getManager());
        return released;
    }

    @Override
    public void close() {
        manager.close();
    }
}
