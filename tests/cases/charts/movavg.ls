# expect: nothing
[series]
  metric = cpi
  entity = fred
  alias = cpi
[series]
  value = movavg ('cpi', 4)
[series]
  value = movavg('cpi', '3 month')
[series]
  value = movavg('cpi', 12, 0)
