# expect: nothing
[widget]
  type = chart
  entity = e
  metric = m
  for d in range(1, 3)
  [series]
    label = @{`day ${d} of 3`}
    time-offset = @{d} day
  endfor
