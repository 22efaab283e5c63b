# The same hourly sensors as in "Chicago beach water", looked at as distributions.
[configuration]
  width-units = 2
  start-time = 2016-05-27 00:00:00
  end-time = 2016-09-06 00:00:00
  timezone = America/Chicago

[group]
  [widget]
    type = calendar
    title = Mean water temperature of each day, °C
    width-units = 2
    metric = water-temperature
    summarize-period = 1 day
    summarize-statistic = avg
    thresholds = 10, 14, 18, 20, 22, 24, 28
    color-range = blue
    [series]
      entity = montrose-beach
      label = Montrose
    [series]
      entity = ohio-street-beach
      label = Ohio Street

[group]
  [widget]
    type = histogram
    title = How often which temperature
    metric = water-temperature
    bar-count = 32
    left-axis = density
    right-axis = frequency
    top-axis = percentiles
    percentiles = 5, 50, 95
    [series]
      entity = montrose-beach
      label = Montrose
    [series]
      entity = ohio-street-beach
      label = Ohio Street

  [widget]
    type = box
    title = Temperature: least, 10 %, median, 90 %, most
    metric = water-temperature
    percentiles = 10%/90%
    percentile-markers = all
    [series]
      entity = montrose-beach
      label = Montrose
    [series]
      entity = ohio-street-beach
      label = Ohio Street

[group]
  [widget]
    type = calendar
    title = Highest wave of each week, m
    width-units = 2
    metric = wave-height
    summarize-period = 1 week
    summarize-statistic = max
    data-labels = true
    range-merge = true
    sort = name DESC
    [series]
      entity = montrose-beach
      label = Montrose
    [series]
      entity = ohio-street-beach
      label = Ohio Street
