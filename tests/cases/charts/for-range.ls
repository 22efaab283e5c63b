# expect: nothing
[widget]
  type = chart
  timespan = 1 year
  for k in range(0, 4)
  [series]
    metric = temperature
    entity = noaa
    time-offset = @{k} year
    label = @{2018-k}
    color = rgb(@{128 + k * 20}, 0, 0)
  endfor
