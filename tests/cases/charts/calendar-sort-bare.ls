# expect: nothing
[widget]
  type = calendar
  timespan = 1 day
  metric = pump.flow
  entity = plant
  sort = name ASC, sum(5 minute) DESC
  [series]
