# Open support tickets during a power outage, and the change from sample to sample
# written in three notations. All three give the same 26 numbers.
[configuration]
  width-units = 2
  height-units = 2
  start-time = 2018-05-24T10:00:00Z
  end-time = 2018-05-26T15:00:00Z
  timezone = UTC
  metric = outage-tickets
  entity = hetzner
  [tags]
    dc = 07

[group]
  [widget]
    type = chart
    title = Open tickets
    [series]
      label = open tickets

  [widget]
    type = chart
    title = rate
    [series]
      label = change
      rate = 0 minute
      rate-counter = false

[group]
  [widget]
    type = chart
    title = replace-value
    [series]
      label = change
      replace-value = value - previousValue

  [widget]
    type = chart
    title = aliases
    [series]
      alias = raw
      display = false
    [series]
      alias = prev
      value = previous('raw')
      display = false
    [series]
      label = change
      value = value('raw') - value('prev')
