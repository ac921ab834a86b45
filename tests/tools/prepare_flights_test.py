"""Shows that examples/flights/prepare.py cuts days correctly, always into the same bytes, and completely or not at all."""

import datetime
import hashlib
import importlib.util
import pathlib
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("prepare", ROOT / "examples/flights/prepare.py")
prepare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(prepare)

HEADER = (
    "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,"
    "air_time,distance,hour,minute,time_hour\n"
)


def flight(day, air_time="227"):
    return f"{day.year},{day.month},{day.day},517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,{air_time},1400,5,15,x\n"


def write_archive(path, days):
    rows = "".join(flight(day) + flight(day, "NA") for day in days)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("flights.csv", HEADER + rows)


def digest(folder):
    files = sorted(folder.iterdir())
    return hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()


class PrepareFlights(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.archive = self.folder / "flights.csv.zip"
        self.year = [datetime.date(2013, 1, 1) + datetime.timedelta(days=day) for day in range(365)]

    def cut(self, name):
        return prepare.main([str(self.archive), str(self.folder / name)])

    def test_a_year_becomes_a_file_a_day_and_a_cancelled_flight_has_an_empty_air_time(self):
        write_archive(self.archive, self.year)

        self.assertEqual(self.cut("days"), 0)

        self.assertEqual(len(list((self.folder / "days").iterdir())), 365)
        self.assertEqual(
            (self.folder / "days/2013-03-01.csv").read_text(),
            "date,carrier,flight,tailnum,origin,dest,distance,hour,dep_delay,arr_delay,air_time\n"
            "2013-03-01,UA,1545,N14228,EWR,IAH,1400,5,2,11,227\n"
            "2013-03-01,UA,1545,N14228,EWR,IAH,1400,5,2,11,\n",
        )

    def test_the_same_input_gives_the_same_bytes(self):
        write_archive(self.archive, self.year)

        self.cut("one")
        self.cut("two")

        self.assertEqual(digest(self.folder / "one"), digest(self.folder / "two"))

    def test_a_folder_that_is_complete_is_left_alone(self):
        write_archive(self.archive, self.year)
        self.cut("days")
        self.archive.unlink()

        self.assertEqual(self.cut("days"), 0)

    def test_what_an_interrupted_call_left_is_swept_away(self):
        write_archive(self.archive, self.year)
        (self.folder / "days.partial").mkdir()
        (self.folder / "days.partial/2012-12-31.csv").write_text("left over")

        self.cut("days")

        self.assertEqual(len(list((self.folder / "days").iterdir())), 365)

    def test_an_archive_without_the_whole_year_leaves_no_folder(self):
        write_archive(self.archive, self.year[:-1])

        self.assertEqual(self.cut("days"), 1)

        self.assertFalse((self.folder / "days").exists())


if __name__ == "__main__":
    unittest.main()
