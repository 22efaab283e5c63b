# expect: nothing
[configuration]
  import fred = fred.js
  entity = fred.stlouisfed.org
  start-time = 2000
[group]
  [widget]
    type = chart
    [series]
      metric = unrate
      alias = base
    [series]
      value = fred.PercentChangeFromYearAgo('base')
      axis = right
    [series]
      value = fred.Index('base', '2008-01-01')
    [series]
      value = fred.MonthlyChange('base')
    [series]
      value = fred.IndexMax('base')
