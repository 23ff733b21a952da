"""Finds the JDK that runs the kernel."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 17
NEWEST = 25  # that the kernel is tested with; a newer one is taken if there is no other
GET_ONE = f"Install a JDK {OLDEST} to {NEWEST} (https://adoptium.net) and set JAVA_HOME to its directory."
EXECUTABLE = "java.exe" if os.name == "nt" else "java"

# Where systems, installers and version managers put JDKs.
PLACES = [
    "{prefix}/lib/jvm",
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
    "~/.asdf/installs/java/*",
    "~/.local/share/mise/installs/java/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*",
    "/usr/local/opt/openjdk*",
    "C:/Program Files/Java/*",
    "C:/Program Files/Eclipse Adoptium/*",
    "C:/Program Files/Microsoft/jdk*",
    "C:/Program Files/Amazon Corretto/*",
    "C:/Program Files/Zulu/*",
]


class NoJava(Exception):
    """No suitable JDK; the message is a sentence for the user."""


def candidates(environment, places):
    """Yields (where it was found, java executable), the most specific first."""
    for variable in ("TEXT2IMAGE_JAVA_HOME", "JAVA_HOME"):
        if environment.get(variable):
            yield variable, Path(environment[variable]) / "bin" / EXECUTABLE
    on_path = shutil.which("java", path=environment.get("PATH"))
    if on_path:
        yield "PATH", Path(on_path)
    for place in places:
        # os.path leaves "~" as it is if there is no home directory; Path would raise.
        pattern = Path(os.path.expanduser(place.format(prefix=sys.prefix)))
        for home in sorted(Path(pattern.anchor or ".").glob(str(pattern.relative_to(pattern.anchor))), reverse=True):
            if (home / "bin" / EXECUTABLE).is_file():
                yield str(home.parent), home / "bin" / EXECUTABLE


def released(java):
    """Returns what the file `release` of a JDK says, as probe does; None without the file, which is quicker to read."""
    try:
        text = (java.resolve().parents[1] / "release").read_text()
    except OSError:
        return None
    version, modules = (re.search(rf'^{key}="(.+)"', text, re.MULTILINE) for key in ("JAVA_VERSION", "MODULES"))
    number = re.match(r"\d+", version.group(1)) if version else None
    return (int(number.group()), "jdk.jshell" in modules.group(1).split()) if number and modules else None


def probe(java):
    """Returns (major version, has JShell), which a JRE has not; the version is None if this Java does not run."""
    known = released(java)
    if known:
        return known
    command = [str(java), "--list-modules"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None, False
    found = re.search(r"^java\.base@(\d+)", asked.stdout, re.MULTILINE)
    if found:
        return int(found.group(1)), "jdk.jshell" in asked.stdout
    return (8 if "--list-modules" in asked.stderr else None), False  # Java 8 does not know the option and says so


def problem(origin, java, version, has_jshell):
    """Why a Java cannot run the kernel; None if it can."""
    if version is None:
        return f"The Java of {origin}, {java}, does not run."
    if version < OLDEST:
        return f"The Java of {origin}, {java}, is version {version}."
    if not has_jshell:
        return f"The Java of {origin}, {java}, is a runtime (JRE) without the tools of a JDK."
    return None


def find(environment=os.environ, places=None):
    """Returns (java executable, major version) of the first JDK that can run the kernel, or raises NoJava.

    What TEXT2IMAGE_JAVA_HOME names is meant for this kernel, so nothing else is taken in its place.
    """
    problems = []
    newer = None
    for origin, java in candidates(environment, PLACES if places is None else places):
        if java.is_file():
            version, has_jshell = probe(java)
            found = problem(origin, java, version, has_jshell)
        else:
            found = f"{origin} leads to {java}, which does not exist."
        if found is None and (version <= NEWEST or origin == "TEXT2IMAGE_JAVA_HOME"):
            return java, version
        if found is None:
            newer = newer or (java, version)
        else:
            problems.append(found)
        if origin == "TEXT2IMAGE_JAVA_HOME":
            break
    if newer:
        return newer
    raise NoJava(f"{problems[0] if problems else 'Java was not found.'} {GET_ONE}")
