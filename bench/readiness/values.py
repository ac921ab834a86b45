"""Compares the numbers that retrain reads with Python's float, bit for bit.

usage: values.py PROGRAM FILE [COUNT]     FILE is written: one number a line, of every size and spelling, hard cases among them

Numbers that only rounding makes zero are left out: retrain refuses them as no number.
"""

import array
import pathlib
import random
import subprocess
import sys

HARD = ["2.2250738585072011e-308", "2.2250738585072014e-308", "4.9e-324", "2.4703282292062328e-324",
        "1.7976931348623157e308", "9007199254740993", "9007199254740992.5", "9007199254740993.000000000000000000001",
        "0.1000000000000000055511151231257827021181583404541015625", "179769313486231570000000000000000000000", "6631236846766476e-316",
        "3.237883913302901e-319", "5e-324", "1e23", "8.5e22", "9.5e22", "7.2057594037927933e16", "1.00000005960464477550",
        "0.000000000000000000000000000000000000011754943508222875", "123456789.12345678", "99999999.999999", "0.000001", ".5", "5.",
        "-0", "-0.0", "+1", "1e-7", "4503599627370496.5", "4503599627370497.5", "18014398509481985", "36028797018963969"]


def numbers(count, seed):
    pick = random.Random(seed)
    integer, bits = pick.randrange, pick.getrandbits
    for i in range(count):
        kind = i % 8
        if kind == 0:
            yield f"{integer(400_000)}"
        elif kind == 1:
            yield f"{integer(100_000_000) / 1000:.3f}"
        elif kind == 2:
            yield f"{integer(10_000) / 10:.1f}"
        elif kind == 3:
            yield f"-{integer(10**9)}.{integer(10**6):06d}"
        elif kind == 4:
            yield repr(pick.uniform(-1e6, 1e6))
        elif kind == 5:
            yield f"{bits(60)}e{integer(-330, 290)}"
        elif kind == 6:
            yield f"{bits(64)}.{bits(64)}"
        else:
            yield HARD[i // 8 % len(HARD)]


def main(program, file, count=10_400_000):
    path = pathlib.Path(file)
    total = different = 0
    chunk = 1_300_000
    for seed in range((int(count) + chunk - 1) // chunk):
        texts = list(numbers(chunk, seed))
        path.write_text("number\n" + "\n".join(texts) + "\n", encoding="ascii")
        read = array.array("d")
        read.frombytes(subprocess.run([program, "values", path], capture_output=True, check=True).stdout)
        expected = array.array("d", map(float, texts))
        if len(read) != len(expected):
            sys.exit(f"{len(read)} values of {len(expected)}")
        total += len(read)
        if read.tobytes() != expected.tobytes():
            a, b = memoryview(read).cast("B").cast("Q"), memoryview(expected).cast("B").cast("Q")
            different += sum(x != y for x, y in zip(a, b))
    path.unlink()
    print(f"{'pass' if different == 0 else 'MISS'}  values as Python's float reads them: {different} of {total:,} differ (none may)")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
