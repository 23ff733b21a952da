package dev.text2image.kernel.repl.replies;

import static org.assertj.core.api.Assertions.assertThat;

import org.dflib.jjava.jupyter.messages.publish.PublishStream;
import org.dflib.jjava.jupyter.messages.publish.PublishStream.StreamType;
import org.junit.jupiter.api.Test;

class TextBufferTest {
    private final TextBuffer buffer = new TextBuffer();

    @Test
    void textOfOneStreamIsOneMessage() {
        buffer.add(StreamType.OUT, "a");
        buffer.add(StreamType.OUT, "b");
        buffer.add(StreamType.ERR, "c");
        buffer.add(StreamType.OUT, "d");
        assertThat(buffer.length()).isEqualTo(4);
        assertThat(buffer.take()).extracting(PublishStream::getText).containsExactly("ab", "c", "d");
        assertThat(buffer.take()).isEmpty();
        assertThat(buffer.length()).isZero();
    }

    @Test
    void streamsThatChangeAllTheTimeAreOneMessageEach() {
        for (int i = 0; i < 100; i++) {
            buffer.add(StreamType.OUT, "a");
            buffer.add(StreamType.ERR, "b");
        }
        assertThat(buffer.take()).extracting(PublishStream::getText).containsExactly("a".repeat(100), "b".repeat(100));
    }

    @Test
    void theLengthOfAMessageCountsItsEscapes() {
        assertThat(TextPace.bytes("ab")).isEqualTo(2);
        assertThat(TextPace.bytes("é€😀")).isGreaterThanOrEqualTo(2 + 3 + 4);
        assertThat(TextPace.bytes("<\n\"")).isEqualTo(6 + 6 + 2);
    }

    @Test
    void onlyAFloodOfTextWaits() {
        var pace = new TextPace();
        assertThat(pace.millisToWait(10_000_000)).isZero();
        assertThat(pace.millisToWait(100_000_000)).isGreaterThan(1000);
    }
}
