"""Checks that the rooms of the house keep their doors shut: who includes whom, who may use what, and how long a file may be.

usage: check_layers.py [ROOT]

Prints one line a violation and exits with 1 when there is one.
"""

import pathlib
import re
import sys

# Third parties a room may include besides the standard library and the system's own headers.
THIRD_PARTIES = {
    "base": ("openssl/", "nlohmann/"),
    "config": ("yaml-cpp/", "date/"),
    "csv": ("immintrin.h", "emmintrin.h", "arm_neon.h"),
    "drift": ("date/",),
    "evaluate": ("boost/", "Eigen/"),
    "http": ("curl/",),
    "readiness": ("date/", "yaml-cpp/"),
    "store": ("sqlite3.h",),
    "cli": ("CLI/",),
}
# Rooms whose private headers others may include, by who may.
SHARED_ROOMS = {"base": None, "csv": ("readiness", "data", "evaluate"), "http": ("notify", "deploy"), "store": ("pipeline", "backtest")}

SYSTEM_HEADER = re.compile(r"(sys/[a-z_]+|linux/[a-z_]+|netinet/in|arpa/inet|unistd|fcntl|dirent|dlfcn|fnmatch|poll|pthread|sched|signal|spawn|termios|time)\.h")
STANDARD_HEADER = re.compile(r"[a-z_0-9]+")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# What reaches outside the house without its owner knowing; by pattern, with the files that own it.
FORBIDDEN = [
    (r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\bclock_gettime\b|\bgettimeofday\b|(?<![\w.:>])time\s*\(\s*(NULL|nullptr|0)?\s*\)",
     "reads the time", ("src/base/clock.cpp",)),
    (r"\b(std::rand|srand|random_device|getrandom)\b|(?<![\w.>])rand\s*\(", "makes its own randomness", ("src/base/uuid.cpp",)),
    (r"\b(secure_getenv|getenv|setenv|putenv|unsetenv)\b", "touches the environment", ("src/base/crash_point.cpp",)),
    (r"\bstd::(cout|cerr|clog)\b|(?<![\w.>])(std::)?(printf|puts|putchar|perror)\s*\(|\bfprintf\s*\(\s*std(out|err)\b", "prints", ()),
    (r"\b(std::)?signal\s*\(|\bsigaction\s*\(", "installs a signal handler", ()),
]
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

LINE_LIMITS = [("include/", 150), ("tests/", 300), ("src/", 400), ("cli/", 400), ("bench/", 400), ("examples/", 300)]


def without_comments(text):
    """Blanks comments and the inside of literals, so that words in them count for nothing; line breaks stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)
    digit_separator = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), digit_separator.sub("", text))


def room_of(path):
    parts = path.parts
    return parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]


def wrong_include(root, path, bracket, name):
    """Why `path` may not include `name`, or None."""
    room = room_of(path)
    if name.startswith("retrain/") and bracket == "<":
        return None if (root / "include" / name).is_file() else "there is no such public header"
    if bracket == "<":
        if STANDARD_HEADER.fullmatch(name):
            return None
        if room == "include":
            return "public headers include the standard library and each other only"
        if SYSTEM_HEADER.fullmatch(name) or name.startswith(THIRD_PARTIES.get(room, ())):
            return None
        return f"{room} has no business with this third party"
    if room == "include":
        return "public headers include the standard library and each other only"
    if ".." not in name.split("/") and (root / path.parent / name).is_file():
        return None
    owner = name.split("/")[0]
    if room == "cli":
        return "the command line sees include/retrain and its own folder only"
    if owner not in SHARED_ROOMS or not (root / "src" / name).is_file():
        return f"{room} sees include/retrain, base and its own folder only"
    users = SHARED_ROOMS[owner]
    return None if users is None or room in users else f"{room} may not look into {owner}"


def check_file(root, path):
    text = (root / path).read_text(encoding="utf-8")
    name = path.as_posix()
    found = []
    lines = text.count("\n")
    limit = next(limit for prefix, limit in LINE_LIMITS if name.startswith(prefix))
    if lines > limit:
        found.append(f"{name}: {lines} lines, at most {limit}")
    if path.suffix == ".hpp" and "#pragma once" not in text:
        found.append(f"{name}: lacks #pragma once")
    for match in UNFINISHED.finditer(text):
        found.append(f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}")
    if path.parts[0] not in ("include", "src", "cli"):
        return found
    for match in INCLUDE.finditer(text):
        why = wrong_include(root, path, match.group(1), match.group(2))
        if why:
            found.append(f"{name}:{text.count(chr(10), 0, match.start(1)) + 1}: includes {match.group(2)}: {why}")
    if path.parts[0] == "cli":
        return found
    code = without_comments(text)
    for pattern, what, owners in FORBIDDEN:
        if name in owners:
            continue
        for match in re.finditer(pattern, code):
            found.append(f"{name}:{code.count(chr(10), 0, match.start()) + 1}: {what}: {match.group().strip()}")
    return found


def check(root):
    """All violations below `root`, in the order of the files."""
    root = pathlib.Path(root)
    found = []
    for folder in sorted({prefix.rstrip("/") for prefix, _ in LINE_LIMITS}):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".hpp", ".cpp", ".h"):
                found += check_file(root, file.relative_to(root))
    return found


def main(arguments):
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parent.parent
    found = check(root)
    for violation in found:
        print(violation)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
