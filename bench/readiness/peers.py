"""Runs one other reader over a lap file and prints the seconds it took, imports left out.

usage: peers.py READER TASK PATH [THREADS]     READER: pandas pyarrow polars duckdb     TASK: read check columns, or races (pandas)

`read` gives typed columns and checks nothing. `check` reads and checks what retrain_bench_readiness checks: 12 columns without
blanks, 14 ranges, two lists of values, unique (session, driver, lap), lap rising within (session, driver). `columns` also makes
the float32 matrix.
"""

import os
import pathlib
import sys
import time

INTEGERS = {"season": (1950, 2030), "round": (1, 24), "lap": (1, 100), "stint": (1, 30), "tyre_life": (1, 100), "position": (1, 20)}
NUMBERS = {"lap_time": (40, 3000), "sector1": (5, 1500), "sector2": (5, 1500), "sector3": (5, 1500), "speed_trap": (50, 400),
           "air_temp": (-10, 60), "track_temp": (-10, 80), "humidity": (0, 100)}
TEXTS = ["session", "circuit", "driver", "team", "compound", "track_status"]
ORDER = ["season", "round", "session", "circuit", "driver", "team", "compound", "lap", "stint", "tyre_life", "position", "lap_time",
         "sector1", "sector2", "sector3", "speed_trap", "air_temp", "track_temp", "humidity", "track_status"]
FULL = [*INTEGERS, "lap_time", "track_temp", "session", "circuit", "driver", "team"]
VALUES = {"compound": ["SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET"], "track_status": ["green", "yellow", "sc", "vsc"]}
RANGES = {**INTEGERS, **NUMBERS}


def pandas_task(task, path, threads):
    import numpy
    import pandas

    types = {**{name: "int32" for name in INTEGERS}, **{name: "float64" for name in NUMBERS}, **{name: "category" for name in TEXTS}}
    yield
    frame = pandas.read_csv(path, dtype=types)
    faults = 0
    if task != "read":
        for name in FULL:
            faults += int(frame[name].isna().sum())
        for name, (least, most) in RANGES.items():
            column = frame[name]
            faults += int(((column < least) | (column > most)).sum())
        for name, allowed in VALUES.items():
            faults += int((~frame[name].isin(allowed)).sum())
        # By codes, which is several times as fast as DataFrame.duplicated and groupby.
        lap = frame["lap"].to_numpy("int64")
        group = frame["session"].cat.codes.to_numpy("int64") * len(frame["driver"].cat.categories) + frame["driver"].cat.codes.to_numpy()
        faults += int(pandas.Series(group * 1000 + lap).duplicated().sum())
        order = numpy.argsort(group, kind="stable")
        same = numpy.diff(group[order]) == 0
        faults += int((numpy.diff(lap[order])[same] <= 0).sum())
    if task == "columns":
        frame[list(RANGES)].to_numpy(dtype="float32")
        for name in TEXTS:
            frame[name].cat.codes.to_numpy()
    return len(frame), faults


def pandas_races(path):
    import numpy
    import pandas

    ranges = {"season": (2000, 2100), "round": (1, 30), "lap": (1, 100), "lap_time": (40, 4000), "quali_best": (40, 4000),
              "course_length_km": (2, 10), "tyre_life": (0, 100)}
    types = {name: "float64" for name in ranges} | {"season": "int32", "round": "int32", "lap": "int32", "driver": "category"}
    rows = faults = 0
    yield
    for file in sorted(pathlib.Path(path).glob("*/*.csv")):
        frame = pandas.read_csv(file, dtype=types)
        rows += len(frame)
        for name in ("season", "round", "lap", "course_length_km"):
            faults += int(frame[name].isna().sum())
        for name, (least, most) in ranges.items():
            faults += int(((frame[name] < least) | (frame[name] > most)).sum())
        lap = frame["lap"].to_numpy("int64")
        driver = frame["driver"].cat.codes.to_numpy("int64")
        faults += int(pandas.Series(driver * 1000 + lap).duplicated().sum())
        order = numpy.argsort(driver, kind="stable")
        faults += int((numpy.diff(lap[order])[numpy.diff(driver[order]) == 0] <= 0).sum())
    return rows, faults


def pyarrow_task(task, path, threads):
    import pyarrow
    from pyarrow import csv

    pyarrow.set_cpu_count(threads)
    types = {**{name: pyarrow.int32() for name in INTEGERS}, **{name: pyarrow.float32() for name in NUMBERS},
             **{name: pyarrow.string() for name in TEXTS}}
    yield
    table = csv.read_csv(path, csv.ReadOptions(use_threads=threads > 1), convert_options=csv.ConvertOptions(column_types=types))
    return table.num_rows, 0


def polars_task(task, path, threads):
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars

    types = {**{name: polars.Int32 for name in INTEGERS}, **{name: polars.Float32 for name in NUMBERS},
             **{name: polars.String for name in TEXTS}}
    yield
    frame = polars.read_csv(path, schema={name: types[name] for name in ORDER})
    faults = 0
    if task != "read":
        column = polars.col
        checks = [column(name).is_null().sum().alias("n" + name) for name in FULL]
        checks += [((column(name) < least) | (column(name) > most)).sum().alias("r" + name) for name, (least, most) in RANGES.items()]
        checks += [(~column(name).is_in(allowed)).sum().alias("v" + name) for name, allowed in VALUES.items()]
        faults += sum(frame.select(checks).row(0))
        faults += int(frame.select(polars.struct("session", "driver", "lap").is_duplicated().sum()).item())
        faults += int(frame.select((column("lap").diff().over("session", "driver") <= 0).sum()).item())
    return frame.height, faults


def duckdb_task(task, path, threads):
    import duckdb

    types = {**{name: "INTEGER" for name in INTEGERS}, **{name: "FLOAT" for name in NUMBERS}, **{name: "VARCHAR" for name in TEXTS}}
    columns = ", ".join(f"'{name}': '{types[name]}'" for name in ORDER)
    yield
    base = duckdb.connect(config={"threads": threads})
    base.execute(f"create table laps as select * from read_csv('{path}', header = true, delim = ',', quote = '\"', "
                 f"auto_detect = false, columns = {{{columns}}})")
    rows = base.execute("select count(*) from laps").fetchone()[0]
    faults = 0
    if task != "read":
        checks = [f"count(*) - count({name})" for name in FULL]
        checks += [f"count(*) filter ({name} < {least} or {name} > {most})" for name, (least, most) in RANGES.items()]
        checks += [f"count(*) filter ({name} not in ({', '.join(repr(value) for value in allowed)}))" for name, allowed in VALUES.items()]
        faults += sum(base.execute(f"select {', '.join(checks)} from laps").fetchone())
        faults += rows - base.execute("select count(*) from (select distinct session, driver, lap from laps)").fetchone()[0]
        faults += base.execute("select count(*) from (select lap - lag(lap) over (partition by session, driver order by rowid) as step "
                               "from laps) where step <= 0").fetchone()[0]
    return rows, faults


def main(arguments):
    reader, task, path = arguments[:3]
    threads = int(arguments[3]) if len(arguments) > 3 else 1
    repeat = int(arguments[4]) if len(arguments) > 4 else 1
    best = None
    for _ in range(repeat):
        work = pandas_races(path) if task == "races" else globals()[reader + "_task"](task, path, threads)
        next(work)
        start = time.perf_counter()
        try:
            next(work)
        except StopIteration as end:
            seconds = time.perf_counter() - start
            rows, faults = end.value
        best = seconds if best is None else min(best, seconds)
    print(f'{{"best": {best:.6f}, "rows": {rows}, "findings": {faults}}}')


if __name__ == "__main__":
    main(sys.argv[1:])
