"""Analyses an archive of bisection logs with Spark, and compares the result with one machine's.

The archive is a table (id, text). Its text goes through `bisectstat` by SQL's TRANSFORM: no Python worker takes part.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from pyspark.sql import SparkSession

ANALYZE = "{binary} analyze --input ndjson --format ndjson -"
FIT = "{binary} fit --input ndjson --rounds 1 --name shard -o - -"
# A tab or a line end in the JSON is escaped, so a row is one field of one line.
TRANSFORM = """
SELECT TRANSFORM (to_json(named_struct('id', id, 'text', text)))
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t'
USING '{program}' AS (record STRING)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\u0001'
FROM archive
"""


def write_archive(spark, folder, logs, partitions):
    """The logs below a folder as Parquet."""
    paths = sorted(path for path in logs.rglob("*") if path.is_file())
    rows = [(str(path), path.read_text(errors="replace")) for path in paths]
    table = spark.createDataFrame(rows, "id STRING, text STRING")
    table.repartition(partitions, "id").write.mode("overwrite").option("compression", "gzip").parquet(str(folder))


def transform(spark, program):
    """What a program makes of the archive: one line of text a row."""
    return [row.record for row in spark.sql(TRANSFORM.format(program=program)).collect()]


def by_place(lines):
    """Records in an order that does not depend on how the archive was cut."""
    records = (json.loads(line) for line in lines)
    return sorted(records, key=lambda record: (record["id"], record.get("line", 0), record.get("bisection", "")))


def one_machine(binary, records, *arguments):
    """What one process makes of all records."""
    command = [binary, *arguments]
    done = subprocess.run(command, input=records, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.splitlines()


def merged(binary, shards, folder):
    """Adds the sums of shards to one prior."""
    names = []
    for number, shard in enumerate(sorted(shards)):
        names.append(folder / f"shard-{number}.json")
        names[-1].write_text(shard)
    prior = folder / "prior.json"
    subprocess.run(
        [binary, "fit", "--merge", *names, "--name", "shard", "-o", prior], check=True, stdout=subprocess.DEVNULL
    )
    return prior


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", type=Path, help="a folder of logs")
    parser.add_argument("work", type=Path, help="a folder to work in")
    parser.add_argument("--binary", default="bisectstat")
    parser.add_argument("--partitions", type=int, default=4)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    spark = (
        SparkSession.builder.master("local[2]").appName("bisectstat")
        .config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(options.work / "warehouse"))
        .getOrCreate()
    )
    write_archive(spark, options.work / "archive.parquet", options.logs, options.partitions)
    spark.read.parquet(str(options.work / "archive.parquet")).createOrReplaceTempView("archive")

    prior = merged(options.binary, transform(spark, FIT.format(binary=options.binary)), options.work)
    analyze = ANALYZE.format(binary=options.binary) + f" --prior {prior}"
    spark_rows = by_place(transform(spark, analyze))

    rows = spark.sql("SELECT to_json(named_struct('id', id, 'text', text)) AS record FROM archive ORDER BY id")
    records = "".join(row.record + "\n" for row in rows.collect())
    arguments = ["analyze", "--input", "ndjson", "--format", "ndjson", "-", "--prior", str(prior)]
    own_rows = by_place(one_machine(options.binary, records, *arguments))
    fit = ["fit", "--input", "ndjson", "--rounds", "1", "--name", "shard", "-o", "-", "-"]
    own_prior = json.loads(one_machine(options.binary, records, *fit)[0])
    spark.stop()

    priors_equal = json.loads(prior.read_text()) == own_prior
    print(f"{len(spark_rows)} rows of Spark, {len(own_rows)} of one machine, equal: {spark_rows == own_rows}")
    print(f"prior of the shards and of one machine, equal: {priors_equal}")
    sys.exit(0 if spark_rows == own_rows and own_rows and priors_equal else 1)


if __name__ == "__main__":
    main()
