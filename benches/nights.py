#!/usr/bin/env python3
"""What a night costs as history grows: a generated data set arrives month by month, one month a night, late rows and all.

    cargo build --release
    python3 benches/nights.py                         # 60 nights of 20,000 encounters
    python3 benches/nights.py --encounters 6000000    # of 100,000

Prints the seconds of every night, and the median of the last three against that of nights 4 to 6.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = ("claims", "flowsheets", "encounters")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", default=ROOT / "target/release/infusion-audit")
    options.add_argument("--encounters", type=int, default=1_200_000)
    options.add_argument("--nights", type=int, default=60)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make = [options.binary, "generate", "--encounters", str(options.encounters), "--months", str(options.nights)]
        subprocess.run([*make, "--seed", "9", "--out", folder / "data"], check=True, stdout=subprocess.DEVNULL)
        files = {table: sorted(os.listdir(folder / "data" / table)) for table in TABLES}
        month = lambda name: re.search(r"\d{4}_\d{2}", name).group()
        months = sorted({month(name) for name in files["claims"]})[: options.nights]
        # Mistyped dates make files of other years, which come with the first and the last night.
        night_of = lambda name: min(max(month(name), months[0]), months[-1])
        command = [options.binary, "audit", "--quiet", "--accept-feed", "--keep", "1"]
        command += ["--state", folder / "state", "--out", folder / "runs"]
        for table in TABLES:
            (folder / "in" / table).mkdir(parents=True)
            command += [f"--{table}", folder / "in" / table]
        seconds = []
        for at, arrived in enumerate(months, 1):
            for table, names in files.items():
                for name in names:
                    if night_of(name) == arrived:
                        os.link(folder / "data" / table / name, folder / "in" / table / name)
            clock = time.time()
            done = subprocess.run(command, capture_output=True, text=True)
            seconds.append(time.time() - clock)
            if done.returncode:
                sys.exit(done.stderr)
            totals = json.loads((folder / "runs/latest/manifest.json").read_text())["totals"]
            audited = re.search(r"night \d+: (\S+) encounters", done.stderr).group(1)
            print(f"night {at:>3}: {seconds[-1]:6.2f} s, {audited} audited of {totals['encounters']}", flush=True)
        early, late = statistics.median(seconds[3:6]), statistics.median(seconds[-3:])
        print(f"nights 4 to 6: {early:.2f} s; the last three: {late:.2f} s; ratio {late / early:.2f}")


if __name__ == "__main__":
    main()
