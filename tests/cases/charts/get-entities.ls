# expect: nothing
[widget]
  type = chart
  for e in getEntities('linux-servers', 'name like "nurs*"')
  [series]
    entity = @{e}
    metric = cpu_busy
  endfor
