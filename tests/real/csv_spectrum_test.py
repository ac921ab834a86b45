"""Holds the scanner to csv-spectrum, the known set of CSV files with what they hold.

usage: csv_spectrum_test.py BUILD_FOLDER FOLDER_OF_THE_PACKAGE
"""

import json
import pathlib
import subprocess
import sys
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve() / "bin" / "csv_rows"
PACKAGE = pathlib.Path(sys.argv[2]).resolve()


def read(file):
    done = subprocess.run([PROGRAM, file], capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def expected(file):
    return json.loads((PACKAGE / "json" / f"{file.stem}.json").read_text(encoding="utf-8"))


class CsvSpectrum(unittest.TestCase):
    def test_every_file_reads_as_its_json_says(self):
        files = sorted((PACKAGE / "csvs").glob("*.csv"))
        self.assertEqual(len(files), 12)
        for file in files:
            if file.stem == "location_coordinates":
                continue
            with self.subTest(file=file.name):
                self.assertEqual(read(file), {"rows": expected(file), "faults": []})

    def test_quotes_in_a_bare_field_are_read_as_they_stand_and_told(self):
        # RFC 4180 has no such quotes. The package's JSON of it is an object, with another telephone number than the file.
        file = PACKAGE / "csvs" / "location_coordinates.csv"
        answer = read(file)
        self.assertEqual([{**row, "Contact Phone Number": "1234567890"} for row in answer["rows"]], [expected(file)])
        self.assertEqual([fault.split()[:3] for fault in answer["faults"]], [["stray_quote", "2", "81"]])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
