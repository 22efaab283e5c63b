# expect: not-offered
[widget]
  type = chart
  [series]
    sql
      SELECT time, entity, value FROM cpu_busy
      WHERE datetime > now - 1 * hour
    endsql
