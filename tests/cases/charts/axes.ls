# expect: nothing
[widget]
  type = chart
  min-range = 0
  max-range = 100
  min-range-right = 0
  axis-title = %
  axis-title-right = ops
  ticks-time = 5
  day-format = %y-%m-%d
  legend-position = bottom right
  [axis]
    right = true
    max = 1000
    format = kilobytes
  [series]
    entity = a
    metric = b
    axis = right
