# expect: nothing
[series]
  entity = a
  metric = b
  alert-expression = max('1 hour') > 75 ? ((value > 75) ? 2 : 1) : false
  alert-style = color: red
