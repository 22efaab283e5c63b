# expect: nothing
[series]
  metric = a
  entity = b
[series]
  metric = a
  entity = b
  time-offset = 1 week
  style = opacity: 0.5
[series]
  metric = a
  entity = b
  time-offset = -1 day
