"""The statements of the counter guide and of continuous aggregates, as people write them."""

from __future__ import annotations

import pytest

from apps.dialects.sql import nodes, statements
from apps.dialects.sql.canonical import column_name
from apps.dialects.sql.canonical_statements import statement_text
from apps.dialects.sql.clauses import Select, TableFunction
from apps.dialects.sql.parse import parse_statement

BUCKET = "time_bucket('15 min'::interval, ts)"
GUIDE = {
    "table": (
        """CREATE TABLE example (
    measure_id BIGINT,
    ts TIMESTAMPTZ ,
    val DOUBLE PRECISION,
    PRIMARY KEY (measure_id, ts)
    );""",
        "create table example (measure_id bigint, ts timestamptz, val double precision, "
        "primary key (measure_id, ts))",
    ),
    "delta": (
        """SELECT measure_id,
    delta(
    counter_agg(ts, val)
    )
    FROM example
    GROUP BY measure_id;""",
        "select measure_id, delta(counter_agg(ts, val)) from example group by measure_id",
    ),
    "delta per bucket": (
        """SELECT measure_id,
    time_bucket('15 min'::interval, ts) as bucket,
    delta(
    counter_agg(ts, val)
    )
    FROM example
    GROUP BY measure_id, time_bucket('15 min'::interval, ts);""",
        f"select measure_id, {BUCKET} as bucket, delta(counter_agg(ts, val)) from example "
        f"group by measure_id, {BUCKET}",
    ),
    "extrapolated": (
        """with t as (
    SELECT measure_id,
    time_bucket('15 min'::interval, ts) as bucket,
    counter_agg(ts, val, time_bucket_range('15 min'::interval, ts))
    FROM example
    GROUP BY measure_id, time_bucket('15 min'::interval, ts))
    SELECT time_bucket,
    extrapolated_delta(counter_agg, method => 'prometheus')
    FROM t ;""",
        f"with t as (select measure_id, {BUCKET} as bucket, "
        "counter_agg(ts, val, time_bucket_range('15 min'::interval, ts)) from example "
        f"group by measure_id, {BUCKET}) "
        "select time_bucket, extrapolated_delta(counter_agg, method => 'prometheus') from t",
    ),
    "hypertable": (
        "SELECT create_hypertable('example', by_range('ts', '15 days'::interval), migrate_data => true);",
        "select create_hypertable('example', by_range('ts', '15 days'::interval), migrate_data => true)",
    ),
    "continuous aggregate": (
        """CREATE MATERIALIZED VIEW example_15
    WITH (timescaledb.continuous)
    AS SELECT measure_id,
    time_bucket('15 min'::interval, ts) as bucket,
    counter_agg(ts, val, time_bucket_range('15 min'::interval, ts))
    FROM example
    GROUP BY measure_id, time_bucket('15 min'::interval, ts);""",
        "create materialized view example_15 with (timescaledb.continuous) as "
        f"select measure_id, {BUCKET} as bucket, "
        "counter_agg(ts, val, time_bucket_range('15 min'::interval, ts)) from example "
        f"group by measure_id, {BUCKET}",
    ),
    "roll-up": (
        """SELECT
    measure_id,
    time_bucket('1 day'::interval, bucket),
    delta(
    rollup(counter_agg)
    )
    FROM example_15
    GROUP BY measure_id, time_bucket('1 day'::interval, bucket);""",
        "select measure_id, time_bucket('1 day'::interval, bucket), delta(rollup(counter_agg)) from "
        "example_15 "
        "group by measure_id, time_bucket('1 day'::interval, bucket)",
    ),
}
FORMS = [
    (
        "SELECT counter_agg(ts, val) -> with_bounds(r) -> extrapolated_rate('prometheus') FROM example",
        "select extrapolated_rate(with_bounds(counter_agg(ts, val), r), 'prometheus') from example",
    ),
    ("SELECT counter_agg(ts, val) -> rate() * 60 FROM t", "select rate(counter_agg(ts, val)) * 60 from t"),
    (
        "SELECT toolkit_experimental.time_bucket_range('1 day', ts) FROM t",
        "select toolkit_experimental.time_bucket_range('1 day', ts) from t",
    ),
    ("SELECT extrapolated_delta(s, method := 'x')", "select extrapolated_delta(s, method => 'x')"),
    (
        "SELECT counter_agg(ts => ts, value => val::double precision) FILTER (WHERE val IS NOT NULL) FROM t",
        "select counter_agg(ts => ts, value => val::double precision) filter (where val is not null) from t",
    ),
    (
        "SELECT interpolated_delta(s, bucket, INTERVAL '15 min', LAG(s) OVER (PARTITION BY id ORDER BY "
        "bucket), "
        "LEAD(s) OVER (PARTITION BY id ORDER BY bucket)) FROM t",
        "select interpolated_delta(s, bucket, interval '15 min', lag(s) over (partition by id order by "
        "bucket), "
        "lead(s) over (partition by id order by bucket)) from t",
    ),
    (
        "SELECT with_bounds(rollup(x), time_bucket_range('1 day', day)) -> rate() FROM example_day",
        "select rate(with_bounds(rollup(x), time_bucket_range('1 day', day))) from example_day",
    ),
    (
        "SELECT time_bucket('1 day', ts, \"offset\" => '9 hours'::interval, timezone => 'Europe/Berlin') "
        "FROM t",
        "select time_bucket('1 day', ts, \"offset\" => '9 hours'::interval, timezone => 'Europe/Berlin') "
        "from t",
    ),
    ("SELECT '[2024-01-01,2024-01-02)'::tstzrange", "select '[2024-01-01,2024-01-02)'::tstzrange"),
    ("SELECT tstzrange('2024-01-01', now())", "select tstzrange('2024-01-01', now())"),
    (
        "SELECT '2024-01-01'::timestamp with time zone::date, val::numeric(10, 2)::text, NULLIF(a, "
        "0)::smallint",
        "select '2024-01-01'::timestamptz::date, val::numeric(10, 2)::text, nullif(a, 0)::smallint",
    ),
    (
        "SELECT * FROM generate_series('2024-01-01'::timestamptz, '2024-01-02'::timestamptz, '1 hour') "
        "AS g(ts)",
        "select * from generate_series('2024-01-01'::timestamptz, '2024-01-02'::timestamptz, '1 hour') "
        "as g(ts)",
    ),
    (
        "WITH a AS (SELECT 1 AS x), b(y) AS (SELECT x FROM a) SELECT y, row_number() OVER () FROM b",
        "with a as (select 1 as x), b(y) as (select x from a) select y, row_number() over () from b",
    ),
    (
        "INSERT INTO example VALUES (1, '2024-06-01 00:02'::timestamptz, 100), (1, '2024-06-01 00:07', -1.5)",
        "insert into example values (1, '2024-06-01 00:02'::timestamptz, 100), (1, '2024-06-01 00:07', -1.5)",
    ),
    (
        "INSERT INTO example (measure_id, ts, val) VALUES (1, now() - INTERVAL '5 minutes', NULL)",
        "insert into example (measure_id, ts, val) values (1, now() - interval '5 minutes', null)",
    ),
    ("DROP TABLE example", "drop table example"),
    ("DROP TABLE IF EXISTS example;", "drop table if exists example"),
    (
        "CREATE MATERIALIZED VIEW IF NOT EXISTS v (id, b) WITH (timescaledb.continuous = true, "
        "timescaledb.materialized_only = false) AS SELECT id, time_bucket('1 h', ts) FROM t GROUP BY 1, 2 "
        "WITH NO DATA",
        "create materialized view if not exists v(id, b) with (timescaledb.continuous = true, "
        "timescaledb.materialized_only = false) as select id, time_bucket('1 h', ts) from t group by 1, 2 "
        "with no data",
    ),
    ("CREATE MATERIALIZED VIEW v AS SELECT 1 WITH DATA", "create materialized view v as select 1"),
    (
        "ALTER MATERIALIZED VIEW example_15 SET (timescaledb.materialized_only = true)",
        "alter materialized view example_15 set (timescaledb.materialized_only = true)",
    ),
    ("DROP MATERIALIZED VIEW example_15", "drop materialized view example_15"),
    (
        "CALL refresh_continuous_aggregate('example_15', NULL, '2024-06-02', force => false)",
        "call refresh_continuous_aggregate('example_15', null, '2024-06-02', force => false)",
    ),
    (
        "SELECT add_continuous_aggregate_policy('example_15', start_offset => INTERVAL '2 h', "
        "end_offset => INTERVAL '20 min', schedule_interval => INTERVAL '15 min')",
        "select add_continuous_aggregate_policy('example_15', start_offset => interval '2 h', "
        "end_offset => interval '20 min', schedule_interval => interval '15 min')",
    ),
    ("EXPLAIN SELECT value FROM m", "explain select value from m"),
    ("explain analyze with t as (select 1) select * from t", "explain with t as (select 1) select * from t"),
    (
        "CREATE TABLE IF NOT EXISTS t (id int NOT NULL, ts timestamp with time zone PRIMARY KEY, v float8)",
        "create table if not exists t (id integer not null, ts timestamptz, v double precision, "
        "primary key (ts))",
    ),
    (
        "SELECT sum(v ORDER BY ts DESC), count(DISTINCT v) FROM t",
        "select sum(v order by ts desc), count(distinct v) from t",
    ),
]


@pytest.mark.parametrize("text, canonical", [*GUIDE.values(), *FORMS])
def test_reads_and_prints(text, canonical):
    found = parse_statement(text)
    assert statement_text(found) == canonical
    assert parse_statement(canonical) == found


def test_grouping_is_found_again_in_the_columns():
    found = parse_statement(GUIDE["continuous aggregate"][0])
    assert isinstance(found, statements.CreateView)
    assert found.with_data and found.options[0].name == "timescaledb.continuous"
    assert found.query.items[1].expression == found.query.group_by[1]


def test_a_cast_and_a_typed_text_are_the_same():
    found = parse_statement("SELECT INTERVAL '15 min', '15 min'::interval, CAST('15 min' AS INTERVAL)")
    first, second, third = (item.expression for item in found.items)
    assert first == second == third == nodes.Cast(nodes.Text("15 min"), nodes.TypeName("interval"))


def test_the_arrow_is_a_call():
    arrow, call = parse_statement("SELECT counter_agg(a, b) -> rate(), rate(counter_agg(a, b))").items
    assert arrow.expression == call.expression
    assert arrow.expression.arrow and not call.expression.arrow


def test_the_misnamed_column_has_its_place():
    text = GUIDE["extrapolated"][0]
    found = parse_statement(text)
    column = found.items[0].expression
    assert text[column.at.start : column.at.end] == "time_bucket"
    assert [column_name(item.expression) for item in found.items] == ["time_bucket", "extrapolated_delta"]
    inner = found.ctes[0].query
    assert [column_name(item.expression) for item in inner.items] == [
        "measure_id",
        "time_bucket",
        "counter_agg",
    ]
    assert inner.items[1].alias.text == "bucket"


def test_a_function_in_from():
    found = parse_statement("SELECT ts FROM generate_series(1, 10) g(ts)")
    assert isinstance(found, Select) and isinstance(found.source, TableFunction)
    assert found.source.alias.key == "g" and [name.key for name in found.source.columns] == ["ts"]
    assert found.source.call.arguments[1] == nodes.Number(10, True)
