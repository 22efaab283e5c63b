# expect: nothing
[widget]
  type = chart
  timespan = 1 day
  [dropdown]
    change-field = timespan
    style = float: right
    [option]
      value = 1 day
      text = Day
    [option]
      text = Week
      value = 1 week
  [series]
    entity = e
    metric = m
