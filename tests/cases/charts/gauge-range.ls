# expect: nothing
[widget]
  type = gauge
  thresholds = 0, value('max') * 0.5, value('max')
  color-range = blue
  format = bytes
  caption = Memory<br>used
  border-width = 30%
  [series]
    entity = h
    metric = mem
  [series]
    entity = h
    metric = max
    alias = max
    display = false
