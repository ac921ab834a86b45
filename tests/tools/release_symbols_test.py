"""A build without tests holds no crash points: sources that have them are compiled as in a release and looked through.

usage: release_symbols_test.py CXX_COMPILER
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from readme import ROOT

COMPILER = sys.argv[1]


def sources_with_crash_points():
    for source in sorted((ROOT / "src").rglob("*.cpp")):
        if source.name != "crash_point.cpp" and re.search(r'"(base/)?crash_point\.hpp"', source.read_text(encoding="utf-8")):
            yield source


def object_of(source, *definitions):
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder, "made.o")
        command = [COMPILER, "-std=c++20", "-O1", "-c", f"-I{ROOT}/include", f"-I{ROOT}/src", f"-I{source.parent}", *definitions, source, "-o", made]
        subprocess.run(command, check=True)
        return made.read_bytes()


class ReleaseSymbols(unittest.TestCase):
    def test_crash_points_are_in_test_builds_only(self):
        source = next(sources_with_crash_points())

        self.assertTrue(b"crash_point" in object_of(source, "-DRETRAIN_TESTING"))
        self.assertFalse(b"crash_point" in object_of(source))

    def test_a_release_never_asks_for_the_test_s_environment(self):
        self.assertFalse(b"RETRAIN_CRASH" in object_of(ROOT / "src/base/crash_point.cpp"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
