# expect: nothing
[configuration]
  title = Portal
  width-units = 3
  height-units = 2
  timezone = Europe/Vienna
  start-time = previous_day
  end-time = current_day
[group]
  widgets-per-row = 2
  [widget]
    type = chart
    width-units = 2
    [series]
      entity = a
      metric = b
  [widget]
    type = chart
    position = 1-3, 2-3
    [series]
      entity = a
      metric = b
