# expect: nothing
[widget]
  type = table
  alert-expression = value > 3
  alert-style = color: white;
  alert-style = background-color: red
  [series]
    entity = e
    metric = m
