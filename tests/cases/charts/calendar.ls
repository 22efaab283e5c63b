# expect: nothing
[widget]
  type = calendar
  timespan = 1 week
  summarize-period = 1 hour
  summarize-statistic = percentile(95)
  thresholds = 0, 50, 75, 100
  colors = green, yellow, red
  sort = avg('1 day') desc
  [series]
    entity = *
    metric = cpu_busy
