# expect: nothing
[widget]
  type = calendar
  title = Activity
  timespan = 1 month
  summarize-period = 1 hour
  summarize-statistic = sum
  color-range = blue
  [series]
    entity = e
    metric = m
