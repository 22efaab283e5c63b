"""Statements of ATSD's dialect: what is read, and its canonical text."""

from __future__ import annotations

import pytest

from apps.dialects.sql import clauses, nodes
from apps.dialects.sql.canonical_statements import statement_text
from apps.dialects.sql.parse import parse_statement

REFERENCE = """SELECT datetime, value AS "VALUE", (value - LAG(value)) AS "DIFF"
  FROM "outage-tickets"
WHERE entity = 'hetzner' AND tags.dc = '07'
  ORDER BY datetime"""

STATEMENTS = [
    (
        REFERENCE,
        'select datetime, value as "VALUE", value - lag(value) as "DIFF" from "outage-tickets" '
        "where entity = 'hetzner' and tags.dc = '07' order by datetime",
    ),
    # Without FROM, a semicolon at the end, comments.
    ("SELECT 1", "select 1"),
    ("select NOW ;  \n", "select now"),
    ("SELECT 12 + 40", "select 12 + 40"),
    ("SELECT /* all */ 1 -- one\n, 2", "select 1, 2"),
    (
        "SELECT current_day, CURRENT_TIMESTAMP, DBTIMEZONE",
        "select current_day, current_timestamp, dbtimezone",
    ),
    # Names and quotes.
    ('SELECT tags."file-system" FROM "disk.io"', 'select tags."file-system" from "disk.io"'),
    ('SELECT value AS "The ""main"" one" FROM m', 'select value as "The ""main"" one" from m'),
    ("SELECT value FROM mpstat.cpu_busy", "select value from mpstat.cpu_busy"),
    ("SELECT value AS 'DIFF' FROM 'm'", 'select value as "DIFF" from m'),
    ("SELECT 'it''s' FROM m", "select 'it''s' from m"),
    ('SELECT value AS "value" FROM m', "select value as value from m"),
    ("SELECT t1.VALUE v FROM m t1", "select t1.value as v from m as t1"),
    # Columns.
    (
        "SELECT *, t1.*, tags.*, entity.tags.*, metric.tags.*, entity.*, metric.*, t1.tags.* FROM m t1",
        "select *, t1.*, tags.*, entity.tags.*, metric.tags.*, entity.*, metric.*, t1.tags.* from m as t1",
    ),
    (
        "SELECT metric.timeZone, entity.groups, entity.tags.app, metric.interpolate, metric.filter FROM m",
        "select metric.timezone, entity.groups, entity.tags.app, metric.interpolate, metric.filter from m",
    ),
    ("SELECT DISTINCT entity FROM m", "select distinct entity from m"),
    # Tables of many metrics, and of metadata.
    (
        "SELECT * FROM atsd_series WHERE metric IN ('a', 'b') OR metric LIKE 'a%' OR metric IN metrics('e')",
        "select * from atsd_series where metric in ('a', 'b') or metric like 'a%' or metric in metrics('e')",
    ),
    ("SELECT name, tags.x FROM atsd_entity", "select name, tags.x from atsd_entity"),
    # Time conditions.
    (
        "SELECT * FROM m WHERE datetime >= now - 1*HOUR AND time < next_week AND time + 3600000 > 0",
        "select * from m where datetime >= now - 1 * hour and time < next_week and time + 3600000 > 0",
    ),
    (
        "SELECT * FROM m WHERE datetime BETWEEN '2031-04-05T06:00:00Z' EXCL AND '2031-04-06' INCL",
        "select * from m where datetime between '2031-04-05T06:00:00Z' excl and '2031-04-06'",
    ),
    (
        "SELECT * FROM m WHERE datetime >= ENDTIME(previous_month - 2 * DAYS, 'Europe/Berlin')",
        "select * from m where datetime >= endtime(previous_month - 2 * day, 'Europe/Berlin')",
    ),
    (
        "SELECT * FROM m WHERE datetime BETWEEN (SELECT datetime FROM e WHERE text = 'x') AND value > 1",
        "select * from m where datetime between (select datetime from e where text = 'x') and value > 1",
    ),
    (
        "SELECT * FROM m WHERE datetime IN ('2031-04-05T06:00:00Z', '2031-04-06T06:00:00Z')",
        "select * from m where datetime in ('2031-04-05T06:00:00Z', '2031-04-06T06:00:00Z')",
    ),
    # Grouping.
    (
        "SELECT entity, COUNT(*), COUNT(DISTINCT text), SUM(CASE WHEN value > 1 THEN 1 ELSE 0 END) FROM m "
        "GROUP BY entity, tags.x, tags, 1 HAVING COUNT(*) > 1",
        "select entity, count(*), count(distinct text), sum(case when value > 1 then 1 else 0 end) from m "
        "group by entity, tags.x, tags, 1 having count(*) > 1",
    ),
    (
        "SELECT STDDEV(t1.value), STDDEV(t1.value, POPULATION), PERCENTILE(99.9, t1.value), "
        "COVAR(t1.value, t2.value, SAMPLE), REGR_SLOPE(t1.value, time), DELTA(t1.value), "
        "MIN_VALUE_TIME(t1.value) FROM a t1 JOIN b t2 WHERE t1.value > 2",
        "select stddev(t1.value), stddev(t1.value, population), percentile(99.9, t1.value), "
        "covar(t1.value, t2.value, sample), regr_slope(t1.value, time), delta(t1.value), "
        "min_value_time(t1.value) from a as t1 join b as t2 where t1.value > 2",
    ),
    (
        "SELECT datetime, COUNT(value) FROM m WHERE datetime >= '2031-04-05T08:30:00Z' GROUP BY PERIOD(1 "
        "HOUR)",
        "select datetime, count(value) from m where datetime >= '2031-04-05T08:30:00Z' group by period(1 "
        "hour)",
    ),
    (
        "SELECT date_format(PERIOD(1 DAY)) FROM m GROUP BY entity, PERIOD(1 DAY, 'US/Pacific', END_TIME, "
        "EXTEND, VALUE -1.5)",
        "select date_format(period(1 day)) from m group by entity, period(1 day, value -1.5, extend, "
        "end_time, "
        "'US/Pacific')",
    ),
    (
        "SELECT AVG(value) FROM m GROUP BY PERIOD(2 WEEKS, entity.timeZone, LINEAR)",
        "select avg(value) from m group by period(2 week, linear, entity.timezone)",
    ),
    (
        "SELECT avg(t1.value + t2.value) FROM a t1 JOIN b t2 GROUP BY t2.PERIOD(2 MINUTE, NONE)",
        "select avg(t1.value + t2.value) from a as t1 join b as t2 group by t2.period(2 minute, none)",
    ),
    # WITH.
    (
        "SELECT * FROM m WHERE datetime BETWEEN '2031-04-05T06:00:00Z' AND '2031-04-05T07:15:00Z' "
        "WITH INTERPOLATE(15 MINUTE, PREVIOUS, INNER, VALUE NaN) ORDER BY time",
        "select * from m where datetime between '2031-04-05T06:00:00Z' and '2031-04-05T07:15:00Z' "
        "with interpolate(15 minute, previous, inner, value nan) order by time",
    ),
    (
        "SELECT * FROM m WITH INTERPOLATE(1 HOUR, AUTO, OUTER, YES, START_TIME, 'UTC')",
        "select * from m with interpolate(1 hour, auto, outer, true, start_time, 'UTC')",
    ),
    (
        "SELECT * FROM m WITH INTERPOLATE(DETAIL, LINEAR, OUTER, NaN)",
        "select * from m with interpolate(detail, linear, outer, value nan)",
    ),
    (
        "SELECT * FROM m WITH INTERPOLATE(60 SECONDS, LINEAR, INNER, FALSE, CALENDAR, metric.timeZone)",
        "select * from m with interpolate(60 second, linear, inner, false, calendar, metric.timezone)",
    ),
    (
        "SELECT * FROM m WITH ROW_NUMBER(entity, tags ORDER BY time DESC, value) <= 3",
        "select * from m with row_number(entity, tags order by time desc, value) <= 3",
    ),
    (
        "SELECT avg(value) FROM m WITH ROW_NUMBER(entity ORDER BY time) BETWEEN 3 PRECEDING AND CURRENT ROW",
        "select avg(value) from m with row_number(entity order by time) between 3 preceding and current row",
    ),
    (
        "SELECT avg(value) FROM m WITH ROW_NUMBER(entity ORDER BY time) "
        "BETWEEN 5 MINUTE PRECEDING AND CURRENT ROW",
        "select avg(value) from m with row_number(entity order by time) "
        "between 5 minute preceding and current row",
    ),
    (
        "SELECT entity, avg(value) FROM m WITH ROW_NUMBER(entity ORDER BY time) > 0 GROUP BY entity, "
        "PERIOD(1 HOUR) HAVING avg(value) > 1 WITH ROW_NUMBER(entity ORDER BY PERIOD(1 HOUR)) = 1, "
        "TIMEZONE = 'US/Pacific' LIMIT 3",
        "select entity, avg(value) from m with row_number(entity order by time) > 0 group by entity, "
        "period(1 hour) having avg(value) > 1 with row_number(entity order by period(1 hour)) = 1, "
        "timezone = 'US/Pacific' limit 3",
    ),
    (
        "SELECT * FROM m WITH time >= last_time - 1*HOUR WITH WORKDAY_CALENDAR = 'usa'",
        "select * from m with time >= last_time - 1 * hour, workday_calendar = 'usa'",
    ),
    (
        "SELECT * FROM m WITH last_time - 1*HOUR < datetime",
        "select * from m with time > last_time - 1 * hour",
    ),
    # Joins.
    (
        'SELECT * FROM a t1 INNER JOIN USING ENTITY b t2 FULL OUTER JOIN c OUTER JOIN d FULL JOIN "e-f" '
        "AS t5",
        'select * from a as t1 join using entity b as t2 outer join c outer join d outer join "e-f" as t5',
    ),
    (
        "SELECT t1.value FROM a t1 JOIN b t2 ON t1.tags = t2.tags AND t1.datetime = t2.time "
        "AND t2.entity = t1.entity",
        "select t1.value from a as t1 join b as t2 on t1.tags = t2.tags and t1.datetime = t2.time "
        "and t2.entity = t1.entity",
    ),
    # The end of a query.
    ("SELECT * FROM m ORDER BY 2 DESC, entity ASC", "select * from m order by 2 desc, entity"),
    ("SELECT * FROM m LIMIT 10", "select * from m limit 10"),
    ("SELECT * FROM m LIMIT 2, 10", "select * from m limit 10 offset 2"),
    ("SELECT * FROM m LIMIT 10 OFFSET 2", "select * from m limit 10 offset 2"),
    (
        "SELECT * FROM m LIMIT 1 OPTION (ROW_MEMORY_THRESHOLD 100) OPTION (row_memory_threshold -1)",
        "select * from m limit 1 option (row_memory_threshold 100) option (row_memory_threshold -1)",
    ),
    # Subqueries.
    (
        "SELECT value FROM (SELECT datetime, max(value) AS value, tags.* FROM m GROUP BY PERIOD(1 HOUR), "
        "tags "
        "OPTION (ROW_MEMORY_THRESHOLD 5)) AS s WHERE value > 1",
        "select value from (select datetime, max(value) as value, tags.* from m group by period(1 hour), "
        "tags "
        "option (row_memory_threshold 5)) as s where value > 1",
    ),
    ("SELECT * FROM m WHERE entity IN (SELECT entity FROM n)", None),
    # Writing.
    (
        "INSERT INTO \"metric\" (entity, datetime, value, tags.x) VALUES ('pump-3', '2031-04-05 "
        "06:00:00', 1.5, 'a')",
        "insert into metric (entity, datetime, value, tags.x) "
        "values ('pump-3', '2031-04-05 06:00:00', 1.5, 'a')",
    ),
    (
        'INSERT INTO atsd_series (entity, datetime, "metric a", "metric b") VALUES (\'e\', now, 1, NaN)',
        'insert into atsd_series (entity, datetime, "metric a", "metric b") values (\'e\', now, 1, nan)',
    ),
    (
        "UPDATE \"metric\" SET entity = 'e', datetime = now, value = 1, tags.x = 'y'",
        "update metric set entity = 'e', datetime = now, value = 1, tags.x = 'y'",
    ),
    (
        "DELETE FROM \"metric\" WHERE entity = 'e' AND datetime < now - 1 * YEAR",
        "delete from metric where entity = 'e' and datetime < now - 1 * year",
    ),
]


@pytest.mark.parametrize("text, canonical", STATEMENTS)
def test_reads_and_prints(text, canonical):
    found = parse_statement(text)
    canonical = canonical or text[:1].lower() + statement_text(found)[1:]
    assert statement_text(found) == canonical
    assert parse_statement(canonical) == found


def test_limit_with_a_comma_names_the_offset_first():
    found = parse_statement("SELECT 1 LIMIT 2, 10")
    assert (found.offset, found.limit) == (2, 10)


def test_with_items_know_on_which_side_of_group_by_they_stand():
    found = parse_statement(
        "SELECT entity FROM m WITH TIMEZONE = 'UTC' GROUP BY entity WITH ROW_NUMBER(entity ORDER BY "
        "entity) < 2 "
        "HAVING count(*) > 1 WITH WORKDAY_CALENDAR = 'usa'"
    )
    assert found.with_rows == (clauses.Timezone("UTC"),)
    assert [type(item) for item in found.with_groups] == [clauses.RowNumber, clauses.WorkdayCalendar]


def test_without_group_by_with_items_act_on_rows():
    found = parse_statement(
        "SELECT * FROM m WITH ROW_NUMBER(entity ORDER BY time) BETWEEN 5 HOUR PRECEDING AND CURRENT ROW"
    )
    item = found.with_rows[0]
    assert (item.operator, item.count.value, item.unit) == ("preceding", 5, "hour")
    assert found.with_groups == ()


def test_period_has_its_options_in_fields():
    found = parse_statement("SELECT 1 FROM m GROUP BY PERIOD(5 MINUTE, FIRST_VALUE_TIME, EXTEND, VALUE 0)")
    assert found.group_by[0] == nodes.Period(
        nodes.Number(5, True), "minute", "value", nodes.Number(0, True), True, "first_value_time"
    )


@pytest.mark.parametrize(
    "words, outer, using_entity",
    [
        ("JOIN", False, False),
        ("INNER JOIN", False, False),
        ("OUTER JOIN", True, False),
        ("FULL JOIN", True, False),
        ("FULL OUTER JOIN USING ENTITY", True, True),
    ],
)
def test_joins(words, outer, using_entity):
    join = parse_statement(f"SELECT * FROM a {words} b").joins[0]
    assert (join.outer, join.using_entity, join.table.name.key) == (outer, using_entity, "b")


def test_places_are_those_of_the_text():
    found = parse_statement(REFERENCE)
    for item, text in zip(
        found.items, ["datetime", 'value AS "VALUE"', '(value - LAG(value)) AS "DIFF"'], strict=True
    ):
        assert REFERENCE[item.at.start : item.at.end] == text
    assert REFERENCE[found.source.at.start : found.source.at.end] == '"outage-tickets"'
    assert REFERENCE[found.where.at.start : found.where.at.end] == "entity = 'hetzner' AND tags.dc = '07'"
    assert (found.at.start, found.at.end) == (0, len(REFERENCE))
