# expect: nothing
[configuration]
  time-zone = America/New_York
  start-time = previous_week
  end-time = current_week
[widget]
  type = chart
  [series]
    entity = e
    metric = m
    statistics = percentile(99.5), avg
    period = 1 day
    align = CALENDAR
