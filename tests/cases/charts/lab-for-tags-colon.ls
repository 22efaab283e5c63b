# expect: no-series-section
[widget]
  type = bar
  metric = m
  for dc in getTags('outage-tickets', 'dc'):
    [column]
      label = DC @{dc}
    [series]
      entity = e
      [tags]
        dc = @{dc}
  endfor
