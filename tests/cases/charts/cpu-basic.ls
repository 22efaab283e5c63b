# expect: nothing
[configuration]
  height-units = 2
  width-units = 2
  offset-right = 50
[group]
  [widget]
    type = chart
    timespan = 1 hour
    [series]
      entity = nurswgvml007
      metric = cpu_busy
