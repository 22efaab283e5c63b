# expect: nothing
[widget]
  type = chart
  entity = e
  metric = m
  timespan = all
  [series]
    alias = a
  [series]
    value = movavg('a', 12)
    label = 12-month average
  [series]
    value = avg('a', '1 year')
    style = stroke-width: 3; stroke-dasharray: 4 4
