# expect: page-parameter
[widget]
  type = chart
  title = ${entity}
  [series]
    entity = ${entity}
    metric = cpu_busy
