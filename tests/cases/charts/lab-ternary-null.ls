# expect: nothing
[widget]
  type = chart
  entity = e
  metric = m
  [series]
    alias = cpi
  [series]
    value = (value('cpi') / getValueWithOffset('cpi', '1 year') - 1) * 100 || null
    color = steelblue
