# expect: nothing
[widget]
  type = treemap
  thresholds = 0, 50, 80, 100
  colors = green, orange, red
  label-format = entity
  [series]
    metric = used
    entity = *
    size = value > 0 ? Math.log(value) : 0
