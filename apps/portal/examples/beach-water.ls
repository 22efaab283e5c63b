# Two Chicago beaches in the summer of 2016: hourly sensors with real gaps.
[configuration]
  width-units = 2
  height-units = 2
  start-time = 2016-05-27 00:00:00
  end-time = 2016-09-06 00:00:00
  timezone = America/Chicago

[group]
  [widget]
    type = chart
    title = Water temperature, °C
    width-units = 2
    metric = water-temperature
    disconnect-interval = 6 hour
    [series]
      entity = montrose-beach
      label = Montrose
    [series]
      entity = ohio-street-beach
      label = Ohio Street

[group]
  [widget]
    type = chart
    title = How much warmer Ohio Street is, daily mean, °C
    metric = water-temperature
    statistic = avg
    period = 1 day
    [series]
      entity = montrose-beach
      alias = montrose
      display = false
    [series]
      entity = ohio-street-beach
      alias = ohio
      display = false
    [series]
      label = Ohio Street − Montrose
      value = value('ohio') - value('montrose')

  [widget]
    type = chart
    title = Highest wave of each day, m
    metric = wave-height
    statistic = max
    period = 1 day
    mode = column
    [series]
      entity = ohio-street-beach
      label = Ohio Street
