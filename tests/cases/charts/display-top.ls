# expect: nothing
[configuration]
  entity = *
[group]
[widget]
  type = chart
  display = value >= top(3)
  [series]
    metric = cpu_busy
