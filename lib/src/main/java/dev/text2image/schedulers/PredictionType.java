package dev.text2image.schedulers;

/** What the model predicts, in the hub's field {@code prediction_type}. */
public enum PredictionType implements JsonNamed {
    /** The noise that was added. */
    EPSILON,
    /** The sample without noise. */
    SAMPLE,
    /** The velocity of Progressive Distillation (arXiv 2202.00512, appendix D). */
    V_PREDICTION
}
