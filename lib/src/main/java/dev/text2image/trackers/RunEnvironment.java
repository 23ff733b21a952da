package dev.text2image.trackers;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.text2image.torch.Torch;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names the software and the machine that a run's numbers depend on. */
public final class RunEnvironment {
    private RunEnvironment() {}

    /**
     * Describes this process.
     *
     * @param device the device that the run uses
     * @return text2image (development when not run from a jar), java, djl, pytorch, os and device with their versions or names
     */
    public static Map<String, String> describe(Device device) {
        String version = RunEnvironment.class.getPackage().getImplementationVersion();
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("text2image", version == null ? "development" : version);
        environment.put("java", Runtime.version().toString());
        environment.put("djl", Engine.getDjlVersion());
        environment.put("pytorch", Torch.version());
        environment.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        environment.put("device", device.toString());
        return environment;
    }
}
