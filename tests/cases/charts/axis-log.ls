# expect: nothing
[configuration]
  [axis]
    axis-scale = log
    min = 1
[widget]
  type = chart
  metric = pump.flow
  entity = plant
  [series]
[widget]
  type = chart
  metric = pump.flow
  entity = plant
  axis-scale = linear
  axis-scale-right = log
  [series]
    axis = right
