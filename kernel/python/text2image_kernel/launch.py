"""Builds the command line of the kernel's JVM."""

import importlib.metadata
import os
import shlex
from pathlib import Path

from .machine import MIB, memory_limit

MAIN = "dev.text2image.kernel.repl.Main"
PROJECT = "TEXT2IMAGE_PROJECT"
SMALL = 4096 * MIB
# How long a thread waited for a processor, which SpinGuard reads.
WAITS = Path("/proc/self/schedstat")


class NotBuilt(Exception):
    """Something that the kernel needs is missing; the message is a sentence for the user."""


def jjava_jar():
    """The jar of the installed jjava package."""
    try:
        files = importlib.metadata.distribution("jjava").files
    except importlib.metadata.PackageNotFoundError:
        files = None
    for file in files or []:
        if file.name == "jjava.jar":
            return Path(file.locate()).resolve()
    raise NotBuilt("The package jjava or its jar is missing; run `pip install --force-reinstall -e kernel/python`.")


def project_jar(project, module, name):
    """The jar that Maven made of a module."""
    jars = [
        jar
        for jar in sorted((project / module / "target").glob(f"{name}-[0-9]*.jar"))
        if not jar.stem.endswith(("-sources", "-javadoc", "-tests"))
    ]
    if not jars:
        raise NotBuilt(f"{project / module / 'target'} holds no {name} jar; build it with `mvn -DskipTests package`.")
    return jars[-1]


def class_path(project):
    """The kernel, this project's jars and what they need."""
    return [
        jjava_jar(),
        project_jar(project, "kernel", "text2image-kernel"),
        project / "kernel" / "target" / "lib" / "*",
        project_jar(project, "lib", "text2image"),
        project / "lib" / "target" / "lib" / "*",
    ]


def sources(project):
    """What the kernel reads documentation from: this project's sources and the jars that Maven fetched."""
    return [project / "lib" / "src" / "main" / "java", *sorted((project / "kernel" / "target" / "sources").glob("*.jar"))]


def heap_mib(memory):
    """A quarter of the memory for Java objects, within bounds; tensors live outside the heap."""
    return max(384, min(4096, memory // MIB // 4))


def memory_flags(memory):
    """The JVM's options for some bytes of memory."""
    options = [f"-Xmx{heap_mib(memory)}m"]
    if memory <= SMALL:
        # The collector and the code cache that take least; the heap is small enough for both.
        options += ["-XX:+UseSerialGC", "-XX:ReservedCodeCacheSize=64m"]
    return options


def memory_settings(memory):
    """The environment for some bytes of memory."""
    # glibc keeps freed memory in up to eight arenas for each processor.
    return {"MALLOC_ARENA_MAX": "2"} if memory <= SMALL else {}


def added_flags(environment):
    """What the user adds to the JVM's options."""
    options = environment.get("TEXT2IMAGE_JVM_OPTS", "")
    if os.name != "nt":
        return shlex.split(options)
    # Backslashes are separators there, so quotes stay in the words.
    return [option.replace('"', "").replace("'", "") for option in shlex.split(options, posix=False)]


def flags(version, agent, memory, environment=os.environ):
    """The JVM's options for a major version of Java and some bytes of memory."""
    options = [
        *memory_flags(memory),
        "--add-opens=jdk.jshell/jdk.jshell=ALL-UNNAMED",  # JJava, %who, lines of errors, documentation
        "--add-opens=java.base/java.util=ALL-UNNAMED",  # %env sets variables
        "--enable-native-access=ALL-UNNAMED",
        "-Djava.awt.headless=true",
        "-Dfile.encoding=UTF-8",
        f"-Djava.util.logging.config.file={Path(__file__).with_name('logging.properties')}",
        f"-javaagent:{agent}",
    ]
    if version >= 24:
        options.append("--sun-misc-unsafe-memory-access=allow")
    return options + added_flags(environment)


def process_environment(memory, processors, visible, environment=os.environ):
    """The environment of the kernel's process; what the user has set stays."""
    # Large pages for large tensors (libtorch, Linux): touching new memory is then several times as fast.
    settings = {"OMP_WAIT_POLICY": "PASSIVE", "THP_MEM_ALLOC_ENABLE": "1", **memory_settings(memory)}
    if processors < visible:
        # OpenMP sees the processors of the machine, not the share of a container.
        settings["OMP_NUM_THREADS"] = str(processors)
    elif WAITS.is_file():
        # Threads that wait for the next operation spin for a fraction of a millisecond, unless the processor is shared with others.
        settings["GOMP_SPINCOUNT"] = "20000"
    return {**settings, **environment}


def project_directory(environment=os.environ):
    """The project whose jars the kernel loads; the installer writes it into the kernelspec."""
    if environment.get(PROJECT):
        return Path(environment[PROJECT])
    raise NotBuilt(f"{PROJECT} is not set; run `python -m text2image_kernel install --sys-prefix --project DIRECTORY`.")


def command(java, version, connection_file, options=(), environment=os.environ):
    """The whole command line; what the user adds to the options comes last and wins."""
    project = project_directory(environment)
    jars = class_path(project)
    path = os.pathsep.join(map(str, jars))
    documentation = f"-Dtext2image.sources={os.pathsep.join(map(str, sources(project)))}"
    options = [*options, *flags(version, jars[1], memory_limit(), environment), documentation]
    return [str(java), *options, "-cp", path, MAIN, connection_file]
