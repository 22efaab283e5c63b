# expect: nothing
[widget]
  type = histogram
  bar-count = 20
  left-axis = density
  top-axis = percentiles
  percentiles = 50, 90, 99
  [series]
    entity = h
    metric = cpu
