# expect: nothing
[widget]
  type = bar
  entity = e
  sort = label
  column-alert-expression = value > 10
  column-alert-style = fill: red
  [column]
    label = A
    [series]
      metric = m1
    [series]
      metric = m2
  [column]
    label = B
    [series]
      metric = m1
