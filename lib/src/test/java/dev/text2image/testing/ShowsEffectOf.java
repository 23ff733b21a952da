package dev.text2image.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Names the flags of {@code train} whose effect a test shows; each flag has such a test. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface ShowsEffectOf {
    /** The flags without their dashes. */
    String[] value();
}
