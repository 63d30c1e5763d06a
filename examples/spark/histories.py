"""Judges the tests of a CI's history with Spark, and compares the rows with one machine's.

The history is a table (test, commit, order, failures, runs). Spark sums the runs of a test at a commit; a sample of the tests
teaches the prior; then each partition, which has whole tests, goes through `bisectstat history --prior` by `mapInArrow`.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow
import pyarrow.parquet
from pyspark.sql import SparkSession, functions
from pyspark.sql.pandas.types import to_arrow_schema

RUNS = pyarrow.schema(
    [("test", "string"), ("commit", "string"), ("order", "int64"), ("failures", "int64"), ("runs", "int64")]
)


def history(binary, runs, folder, *options):
    """The frame of tests that one process makes of a table of runs."""
    pyarrow.parquet.write_table(runs, folder / "runs.parquet")
    command = [binary, "history", "--frames", folder / "frames", *options, folder / "runs.parquet"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return pyarrow.parquet.read_table(folder / "frames" / "tests.parquet")


def judge(binary, prior, commits, schema):
    """A function for `mapInArrow`: the runs of whole tests go in, a row of Spark's schema comes out for each."""

    def of_partition(batches):
        runs = pyarrow.Table.from_batches(batches, RUNS)
        if runs.num_rows == 0:
            return
        # Without a run at some commit, its part of the tests would not know that it lies between two others.
        test = runs["test"][0].as_py()
        places = [{"test": test, "commit": commit, "order": order, "failures": 0, "runs": 0} for commit, order in commits]
        runs = pyarrow.concat_tables([runs, pyarrow.Table.from_pylist(places, RUNS)])
        with tempfile.TemporaryDirectory() as folder:
            yield from history(binary, runs, Path(folder), "--prior", prior).cast(schema).to_batches()

    return of_partition


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path, help="the history as CSV")
    parser.add_argument("work", type=Path, help="a folder to work in")
    parser.add_argument("--binary", default="bisectstat")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--sample", type=int, default=2000, help="tests that teach the prior, at most")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    spark = (
        SparkSession.builder.master("local[2]").appName("bisectstat")
        .config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    types = "test STRING, commit STRING, `order` BIGINT, failures BIGINT, runs BIGINT"
    rows = spark.read.csv(str(options.table), header=True, schema=types)
    sums = [functions.sum("failures").alias("failures"), functions.sum("runs").alias("runs")]
    counts = rows.groupBy("test", "commit", "order").agg(*sums).cache()
    commits = [tuple(row) for row in counts.select("commit", "order").distinct().collect()]

    teachers = counts.select("test").distinct().orderBy(functions.hash("test")).limit(options.sample)
    sample = pyarrow.Table.from_pylist([row.asDict() for row in counts.join(teachers, "test").collect()], RUNS)
    prior = options.work / "prior.json"
    history(options.binary, sample, options.work, "--write-prior", prior)

    schema = spark.read.parquet(str(options.work / "frames" / "tests.parquet")).schema
    parts = counts.repartition(options.partitions, "test")
    judged = parts.mapInArrow(judge(options.binary, str(prior), commits, to_arrow_schema(schema)), schema)
    judged.write.mode("overwrite").option("compression", "gzip").parquet(str(options.work / "tests.parquet"))
    spark_rows = pyarrow.parquet.read_table(options.work / "tests.parquet").to_pylist()
    spark.stop()

    own = subprocess.run(
        [options.binary, "history", "--frames", options.work / "own", "--prior", prior, options.table],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    own_rows = pyarrow.parquet.read_table(options.work / "own" / "tests.parquet").to_pylist()
    by_test = [sorted(rows, key=lambda row: row["test"]) for rows in (spark_rows, own_rows)]
    equal = by_test[0] == by_test[1]
    print(f"{len(spark_rows)} rows of Spark, {len(own_rows)} of one machine, equal: {equal}")
    sys.exit(0 if equal and own_rows and own.returncode == 0 else 1)


if __name__ == "__main__":
    main()
