# expect: nothing
[widget]
  type = chart
  tags-dropdowns = true
  tags-dropdowns-style = color: red
  metric = pump.flow
  entity = plant
  label-format = tags
  [series]
