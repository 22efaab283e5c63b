# expect: nothing
[configuration]
  import fred = fred.js
  entity = fred.stlouisfed.org
  offset-right = 40
  width-units = 1
  height-units = 1
[group]
  [widget]
    type = chart
    title = Payroll: percent change from a year ago
    start-time = 1990
    end-time = 2018
    [series]
      metric = payems
      alias = pay
      display = false
    [series]
      label = Change
      value = fred.PercentChangeFromYearAgo('pay')
    [series]
      value = fred.Index('pay', '2000-01-01T00:00:00Z')
      label = Index
      axis = right
