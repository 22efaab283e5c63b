# expect: nothing
[widget]
  type = table
  metric = m
  [column]
    key = entity
    label = Host
  [column]
    key = value
    label = Now
    format = d3.format('.2f')(value)
  [column]
    key = max
    value = max('1 hour')
    alert-expression = value > 3
    alert-style = background: red
  [series]
    entity = *
