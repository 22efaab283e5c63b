# expect: nothing
[widget]
  type = box
  class = metro
  percentiles = 10%/90%
  percentile-markers = top
  timespan = 1 day
  [series]
    entity = h
    metric = cpu
