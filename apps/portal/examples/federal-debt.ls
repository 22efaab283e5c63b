# A ratio needs no join: debt is quarterly in millions, GDP quarterly in billions, transfers monthly in
# billions, and each starts and ends at its own time.
[configuration]
  width-units = 2
  height-units = 2
  start-time = 1966-01-01T00:00:00Z
  end-time = 2018-10-01T00:00:00Z
  timezone = UTC
  entity = us

[group]
  [widget]
    type = chart
    title = Federal debt as a share of GDP
    width-units = 2
    [series]
      metric = federal-debt
      alias = debt
      display = false
    [series]
      metric = gdp
      alias = gdp
      display = false
    [series]
      label = debt / GDP
      value = value('debt') / 1000 / value('gdp') * 100
      format = percent(1)

[group]
  [widget]
    type = chart
    title = Federal debt and GDP, billion dollars, on a logarithmic axis
    axis-scale = log
    [series]
      metric = federal-debt
      alias = debt
      display = false
    [series]
      label = federal debt
      value = value('debt') / 1000
    [series]
      metric = gdp
      label = GDP

  [widget]
    type = chart
    title = Transfer payments as a share of GDP
    [series]
      metric = transfers
      alias = transfers
      display = false
    [series]
      metric = gdp
      alias = gdp
      display = false
    [series]
      label = transfers / GDP
      value = value('transfers') / value('gdp') * 100
      format = percent(1)
