# expect: nothing
[widget]
  type = gauge
  mode = half
  thresholds = 0, value('limit') * 0.5, 100
  [series]
    entity = e
    metric = limit
    alias = limit
    display = false
  [series]
    entity = e
    metric = m
