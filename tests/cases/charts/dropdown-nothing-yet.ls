# expect: nothing-to-choose
[widget]
  type = chart
  entity = plant
  [dropdown]
    change-field = metric
    options =
  [series]
