# expect: nothing
[widget]
  type = pie
  metric = m
  series-labels = connected
  [series]
    entity = *
    display = value >= top(5)
    label-format = entity
  [other]
    label = Others
