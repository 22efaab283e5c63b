# expect: nothing
[series]
  entity = a
  metric = b
  alert-expression = value > 1.25 * previous
  alert-style = color: red
