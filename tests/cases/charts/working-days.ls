# expect: nothing
[configuration]
  start-time = first_working_day
  end-time = last_working_day + 1 day
[widget]
  type = chart
  [series]
    entity = a
    metric = b
