# expect: nothing
[widget]
  type = gauge
  thresholds = 0, 60, 80, 100
  colors = green, orange, red
  gradient-count = 4
  mode = half
  [series]
    entity = h
    metric = cpu_busy
