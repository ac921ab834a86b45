"""Shows that tools/check_layers.py catches what it is there for, on small trees made for the purpose."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_layers  # noqa: E402

GUARD = "#pragma once\n"
HOUSE = {
    "include/retrain/gate.hpp": GUARD + "#include <memory>\n",
    "src/base/text.hpp": GUARD,
    "src/store/writer.hpp": GUARD,
    "src/store/writer.cpp": '#include "writer.hpp"\n#include <sqlite3.h>\n#include <sys/stat.h>\n#include "base/text.hpp"\n',
    "src/evaluate/moments.hpp": GUARD,
    "src/evaluate/gate.cpp": '#include "moments.hpp"\n#include <boost/math/distributions/students_t.hpp>\n#include <retrain/gate.hpp>\n',
    "src/pipeline/loop.cpp": '#include "store/writer.hpp"\n',
    "cli/main.cpp": '#include <CLI/CLI.hpp>\n#include <iostream>\nint main() { std::cout << getenv("HOME"); }\n',
}


class CheckLayers(unittest.TestCase):
    def check(self, more_files=None):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**HOUSE, **(more_files or {})}.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check_layers.check(folder)

    def assert_caught(self, name, text, words):
        found = self.check({name: text})

        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(name), found[0])
        self.assertIn(words, found[0])

    def test_a_tidy_house_has_no_violation(self):
        self.assertEqual(self.check(), [])

    def test_a_public_header_that_includes_a_third_party_is_caught(self):
        self.assert_caught("include/retrain/frame.hpp", GUARD + "#include <nlohmann/json.hpp>\n", "frame.hpp:2: includes nlohmann")

    def test_a_public_header_that_includes_a_private_one_is_caught(self):
        self.assert_caught("include/retrain/frame.hpp", GUARD + '#include "base/text.hpp"\n', "standard library and each other")

    def test_a_room_that_looks_into_another_room_is_caught(self):
        self.assert_caught("src/drift/policy.cpp", '#include "evaluate/moments.hpp"\n', "drift sees include/retrain, base")

    def test_a_room_other_than_pipeline_and_backtest_that_looks_into_the_store_is_caught(self):
        self.assert_caught("src/deploy/registry.cpp", '#include "store/writer.hpp"\n', "deploy may not look into store")

    def test_a_third_party_outside_its_room_is_caught(self):
        self.assert_caught("src/pipeline/state.cpp", "#include <sqlite3.h>\n", "no business with this third party")

    def test_a_path_that_climbs_into_another_room_is_caught(self):
        self.assert_caught("src/drift/policy.cpp", '#include "../evaluate/moments.hpp"\n', "sees include/retrain, base and its own folder")

    def test_a_command_line_that_includes_the_library_s_sources_is_caught(self):
        self.assert_caught("cli/doctor.cpp", '#include "base/text.hpp"\n', "the command line sees")

    def test_reading_the_time_past_the_clock_is_caught(self):
        self.assert_caught("src/drift/policy.cpp", "auto now = std::chrono::system_clock::now();\n", "reads the time")

    def test_randomness_without_a_seed_is_caught(self):
        self.assert_caught("src/train/trainer.cpp", "std::random_device device;\n", "randomness")

    def test_reading_the_environment_is_caught(self):
        self.assert_caught("src/train/trainer.cpp", 'auto* home = std::getenv("HOME");\n', "environment")

    def test_printing_is_caught(self):
        self.assert_caught("src/train/trainer.cpp", 'void f() { std::printf("hello"); }\n', "prints")

    def test_words_in_comments_and_literals_count_for_nothing(self):
        text = '// std::cout, getenv("X")\n/* std::rand */ const char* text = "std::cout << getenv(";\nauto n = 1\'000;\n'

        self.assertEqual(self.check({"src/train/trainer.cpp": text}), [])

    def test_unfinished_work_is_caught(self):
        self.assert_caught("src/train/trainer.cpp", "int x;\n// TODO: later\n", "trainer.cpp:2: TODO")

    def test_a_file_over_its_length_is_caught(self):
        self.assert_caught("src/train/trainer.cpp", "int x;\n" * 401, "401 lines, at most 400")

    def test_a_header_without_a_guard_is_caught(self):
        self.assert_caught("src/train/trainer.hpp", "int x;\n", "lacks #pragma once")


if __name__ == "__main__":
    unittest.main()
