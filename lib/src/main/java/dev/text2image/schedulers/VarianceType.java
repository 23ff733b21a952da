package dev.text2image.schedulers;

/** Which variance an ancestral step of {@link DDPMScheduler} adds, in the hub's field {@code variance_type}. */
public enum VarianceType implements JsonNamed {
    /** The posterior's variance, the lower bound of DDPM (arXiv 2006.11239, section 3.2). */
    FIXED_SMALL,
    /** The same variance, with its square root taken through the logarithm. */
    FIXED_SMALL_LOG,
    /** The step's beta, the upper bound of DDPM. */
    FIXED_LARGE
}
