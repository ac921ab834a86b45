"""Installs the build, then builds and runs the README's program against the installed package.

usage: consumer_test.py BUILD_FOLDER CXX_COMPILER [CXX_FLAGS]
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

from readme import ROOT, blocks

BUILD, COMPILER, FLAGS = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""


def run(*command, **options):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = pathlib.Path(holder.name)
        cls.prefix = cls.folder / "installed"
        cls.installed = run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    def test_the_install_tree_has_the_program_that_runs_from_there(self):
        self.assertEqual(self.installed.returncode, 0, self.installed.stdout)

        helped = run(self.prefix / "bin/retrain", "--help")

        self.assertEqual(helped.returncode, 0, helped.stdout)
        self.assertIn("backtest", helped.stdout)

    def test_every_public_header_is_installed(self):
        expected = {header.name for header in (ROOT / "include/retrain").iterdir()}

        self.assertEqual({header.name for header in (self.prefix / "include/retrain").iterdir()}, expected)

    def test_the_program_of_the_readme_builds_against_the_package_and_says_what_is_wrong(self):
        lines = self.folder / "readme.cmake"
        lines.write_text(blocks("README.md", "cmake")[0].replace("main.cpp", str(self.folder / "main.cpp")))
        (self.folder / "main.cpp").write_text(blocks("README.md", "cpp")[0])
        build = self.folder / "build"

        configured = run("cmake", "-G", "Ninja", "-S", ROOT / "tests/consumer", "-B", build, f"-DREADME_LINES={lines}",
                         f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={COMPILER}", f"-DCMAKE_CXX_FLAGS={FLAGS}")
        built = run("cmake", "--build", build)
        answer = run(build / "host", self.folder / "no-such.yaml")

        self.assertEqual(configured.returncode, 0, configured.stdout)
        self.assertEqual(built.returncode, 0, built.stdout)
        self.assertEqual(answer.returncode, 2, answer.stdout)
        self.assertIn("no-such.yaml", answer.stdout)

    def test_the_program_of_the_readme_has_fifteen_lines(self):
        body = [line for line in blocks("README.md", "cpp")[0].splitlines() if line and not line.startswith("#include")]

        self.assertLessEqual(len(body), 15)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
