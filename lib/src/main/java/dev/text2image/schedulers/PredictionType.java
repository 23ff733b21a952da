package dev.text2image.schedulers;

/** What the model predicts, in the hub's field {@code prediction_type}. */
public enum PredictionType implements JsonNamed {
    /** The noise that was added. */
    EPSILON("epsilon"),
    /** The sample without noise. */
    SAMPLE("sample"),
    /** The velocity of Progressive Distillation (arXiv 2202.00512, appendix D). */
    V_PREDICTION("v_prediction");

    private final String jsonName;

    PredictionType(String jsonName) {
        this.jsonName = jsonName;
    }

    @Override
    public String jsonName() {
        return jsonName;
    }
}
