# expect: nothing
[series]
  entity = *
  metric = b
  group-statistic = sum
  group-period = 15 minute
  group-interpolate = PREVIOUS
  group-interpolate-extend = true
