# expect: older-word
[widget]
  type = histogram
  left-axis = fractions
  [series]
    metric = pump.flow
    entity = plant
[widget]
  type = chart
  fill-value = false
  [series]
    metric = pump.flow
    entity = plant
    data-type = historical
