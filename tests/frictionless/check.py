#!/usr/bin/env python3
"""Converts Parquet tables to CSV and has `frictionless` validate them against the contracts in `schemas/`.

    pip install frictionless pyarrow
    python3 tests/frictionless/check.py sample_data [reports/<run id>]

The inputs are taken from the folder's `claims`, `flowsheets` and `encounters`; of a run, findings and lines.
"""

import json
import pathlib
import sys
import tempfile

import pyarrow.compute
import pyarrow.csv
import pyarrow.dataset
import pyarrow as pa
from frictionless import Package, Resource, Schema

ROOT = pathlib.Path(__file__).resolve().parents[2]


def to_csv(source, target, columns):
    table = pyarrow.dataset.dataset(source, format="parquet").to_table()
    arrays = []
    for name in columns:
        if name in table.column_names:
            column = table[name]
            if pa.types.is_timestamp(column.type):
                column = pa.compute.strftime(column, format="%Y-%m-%dT%H:%M:%S")
            arrays.append(column)
        else:
            arrays.append(pa.nulls(table.num_rows, pa.string()))
    pyarrow.csv.write_csv(pa.table(arrays, names=columns), target)


def main():
    data = pathlib.Path(sys.argv[1])
    sources = {name: data / name for name in ("encounters", "claims", "flowsheets")}
    if len(sys.argv) > 2:
        run = pathlib.Path(sys.argv[2])
        sources |= {name: run / f"{name}.parquet" for name in ("findings", "lines", "quarantine")}
        sources |= {f"audited_{name}": run / f"{name}.parquet" for name in ("encounters", "administrations")}
    with tempfile.TemporaryDirectory() as folder:
        resources = []
        for name, source in sources.items():
            descriptor = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text())
            schema = Schema.from_descriptor(descriptor)
            target = pathlib.Path(folder) / f"{name}.csv"
            to_csv(source, target, [field.name for field in schema.fields])
            resources.append(Resource(name=name, path=f"{name}.csv", basepath=folder, schema=schema))
        report = Package(resources=resources, basepath=folder).validate()
        for error in report.errors:
            print(error.message)
        for task in report.tasks:
            print(f"{task.name}: {task.stats.get('rows')} rows, {'valid' if task.valid else 'NOT VALID'}")
            for error in task.errors[:5]:
                print("  ", error.message)
        return 0 if report.valid else 1


if __name__ == "__main__":
    sys.exit(main())
