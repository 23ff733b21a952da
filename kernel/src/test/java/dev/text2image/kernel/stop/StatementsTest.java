package dev.text2image.kernel.stop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.progress.OpenViews;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementsTest {
    private final List<String> events = new ArrayList<>();

    /** Statements as JShell compiles them: a static method that takes nothing and returns the value. */
    static final class Value {
        private Value() {}

        static Object do_it$() {
            for (int i = 0; i < 3; i++) {
                if (i == 1) {
                    return "value";
                }
            }
            return "none";
        }
    }

    static final class Failure {
        private Failure() {}

        static void do_it$() {
            try {
                throw new IllegalStateException("inner");
            } catch (IllegalStateException e) {
                throw new IllegalArgumentException("outer", e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {Value.class, Failure.class})
    void whatAStatementLeftOpenEndsWithIt(Class<?> statement) throws Exception {
        OpenViews.add(() -> events.add("ended"));
        var method = StoppableLoopsTest.changed(statement).getDeclaredMethod("do_it$");
        method.setAccessible(true);
        try {
            assertThat(method.invoke(null)).isEqualTo("value");
        } catch (java.lang.reflect.InvocationTargetException e) {
            assertThat(Objects.requireNonNull(e.getCause())).hasMessage("outer");
        }
        assertThat(events).containsExactly("ended");
    }

    @Test
    void aStatementWithinAnotherEndsNothingOfTheOuter() {
        Statements.starts();
        OpenViews.add(() -> events.add("ended"));
        Statements.starts();
        Statements.ends();
        assertThat(events).isEmpty();
        Statements.ends();
        assertThat(events).containsExactly("ended");
    }
}
