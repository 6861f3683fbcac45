"""Encrypts input tables with pyarrow, or counts encrypted findings with pyarrow and DuckDB. Ends with 77 without pyarrow."""

import pathlib
import sys

try:
    import pyarrow.parquet as parquet
    from pyarrow.parquet.encryption import create_decryption_properties, create_encryption_properties
except ImportError as cause:
    print(cause)
    sys.exit(77)

KEY = b"0123456789abcdef"
what, folder = sys.argv[1], pathlib.Path(sys.argv[2])

if what == "encrypt":
    for path in sorted(folder.glob("*/*.parquet")):
        rows = parquet.read_table(path)
        properties = create_encryption_properties(footer_key=KEY)
        parquet.write_table(rows, path, encryption_properties=properties)
    sys.exit()

path = folder / "findings.parquet"
counted = {parquet.read_table(path, decryption_properties=create_decryption_properties(KEY)).num_rows}
try:
    import duckdb

    database = duckdb.connect()
    database.execute(f"pragma add_parquet_key('ours', '{KEY.decode()}')")
    table = f"read_parquet('{path}', encryption_config = {{footer_key: 'ours'}})"
    counted.add(database.execute(f"select count(*) from {table}").fetchone()[0])
except ImportError:
    pass
print(*counted)
