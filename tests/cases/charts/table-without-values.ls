# expect: nothing
[widget]
  type = table
  column-metric = null
  column-value = null
  [series]
    entity = plant
