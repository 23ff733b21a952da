"""Finds the JDK that runs the kernel."""

import os
import re
import shutil
import subprocess
from pathlib import Path

OLDEST = 17
GET_ONE = f"Install a JDK {OLDEST} or newer (https://adoptium.net) and set JAVA_HOME to its directory."


class NoJava(Exception):
    """No suitable JDK; the message is a sentence for the user."""


def candidates(environment=os.environ):
    """Yields (where it was named, java executable), the most specific first."""
    name = "java.exe" if os.name == "nt" else "java"
    for variable in ("TEXT2IMAGE_JAVA_HOME", "JAVA_HOME"):
        if environment.get(variable):
            yield variable, Path(environment[variable]) / "bin" / name
    on_path = shutil.which("java", path=environment.get("PATH"))
    if on_path:
        yield "PATH", Path(on_path)


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
    """Returns (major version, has JShell), which a JRE has not."""
    known = released(java)
    if known:
        return known
    command = [str(java), "--list-modules"]
    modules = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    found = re.search(r"^java\.base@(\d+)", modules, re.MULTILINE)
    return int(found.group(1)) if found else 8, "jdk.jshell" in modules


def find(environment=os.environ):
    """Returns (java executable, major version) of the first place that names one, or raises NoJava."""
    for origin, java in candidates(environment):
        if not java.is_file():
            raise NoJava(f"{origin} leads to {java}, which does not exist. {GET_ONE}")
        version, has_jshell = probe(java)
        if version < OLDEST:
            raise NoJava(f"The Java of {origin}, {java}, is version {version}. {GET_ONE}")
        if not has_jshell:
            raise NoJava(f"The Java of {origin}, {java}, is a runtime (JRE) without the tools of a JDK. {GET_ONE}")
        return java, version
    raise NoJava(f"Java was not found. {GET_ONE}")
