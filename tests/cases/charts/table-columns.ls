# expect: nothing
[widget]
  type = table
  merge-columns = entity
  column-entity = Host
  column-metric = null
  column-time = Last Time
  sort = value desc, entity
  [column]
    key = cpu
    label = CPU
    value = row.map["cpu_busy"].last.v
    format = fixed(1)
    alert-expression = value > 50
    alert-style = background: red; color: white
  [column]
    key = max
    series-value = max('1 day')
  [series]
    entity = *
    metric = cpu_busy
  [series]
    entity = *
    metric = memfree
