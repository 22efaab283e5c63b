# expect: nothing
[widget]
  type = chart
  entity = e
  metric = m
  [series]
    label = @{"it's".replace(/'/g, "")} {x}
  [series]
    label = @{ {"a": 1}.a }
