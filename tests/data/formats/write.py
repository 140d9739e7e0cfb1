"""Writes the files of this folder: one data frame in every format, with pandas
and pyarrow, and arrays with numpy."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

frame = pd.DataFrame({
    "whole": [3, -1, 0, 7, 2**53, 5],
    "real": [0.1, np.nan, -2.5e-300, 1e22, 1 / 3, np.inf],
    "truth": [True, False, None, True, True, False],
    "word": ["b", None, 'a, "q"', "B", "zwei\nlines", "é"],
    "kind": pd.Categorical(["u", "v", "u", None, "u", "w"], categories=["w", "v", "u", "unused"]),
    "day": pd.to_datetime(["2024-02-29", "1999-12-31", None, "2024-02-29", "1900-03-01", "2100-01-01"]),
    "moment": pd.to_datetime(["2024-02-29 12:00:00.5", "1969-12-31 23:59:59", None,
                              "2024-02-29", "1970-01-01", "2100-01-01 01:02:03"], format="mixed"),
    "zoned": pd.to_datetime(["2024-02-29 12:00:00.5", "1969-12-31 23:59:59", None,
                             "2024-02-29", "1970-01-01", "2100-01-01 01:02:03"], format="mixed", utc=True),
    "date": [dt.date(2024, 2, 29), None, dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(1970, 1, 1), dt.date(1969, 12, 31)],
    "clock": [dt.time(1, 2, 3), dt.time(0, 0, 0, 5), None, dt.time(23, 59, 59), dt.time(12), dt.time(0)],
    "price": [decimal.Decimal("12.50"), decimal.Decimal("-0.05"), None, decimal.Decimal("3.00"),
              decimal.Decimal("0.00"), decimal.Decimal("99999.99")],
    "large": pd.array([2**63 - 1, None, 1, 2, 3, -4], dtype="Int64"),
    "largest": np.array([2**64 - 1, 0, 1, 2, 3, 4], dtype="uint64"),
    "nothing": [None] * 6,
})
frame.to_csv("mixed.csv", index=False)
frame.to_csv("mixed.tsv", index=False, sep="\t")
frame.to_parquet("mixed.parquet", index=False)
frame.to_parquet("mixed-gzip.parquet", index=False, compression="gzip")
frame.to_parquet("mixed-lz4.parquet", index=False, compression="lz4", row_group_size=2)
frame.to_parquet("mixed-zstd.parquet", index=False, compression="zstd")
frame.to_feather("mixed.feather", compression="lz4")
table = pa.Table.from_pandas(frame, preserve_index=False)
# Other types of the same content.
views = table.set_column(3, "word", table["word"].cast(pa.string_view()))
with pa.OSFile("mixed.arrow", "wb") as sink, pa.ipc.new_file(sink, views.schema) as writer:
    writer.write_table(views, max_chunksize=4)
with pa.OSFile("mixed.arrows", "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
    writer.write_table(table)

X = np.array([[1.5, -2.0, 3.0], [0.0, np.nan, 1e300], [2.0**53, -0.25, 7.0], [4.0, 5.0, 6.5]])
y = np.array(["no", "yes", "é", "no"])
np.savez("arrays.npz", X=X, y=y)
np.savez_compressed("arrays-packed.npz", X=X, y=y)
np.savez("arrays-big-endian.npz", X=X.astype(">f8"), y=y.astype(">U3"))
np.save("fortran.npy", np.asfortranarray(X))
pd.DataFrame(X, columns=["x0", "x1", "x2"]).assign(y=y).to_csv("arrays.csv", index=False)
