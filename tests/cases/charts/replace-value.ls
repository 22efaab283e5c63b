# expect: nothing
[series]
  metric = a
  entity = b
  replace-value = value - previousValue
[series]
  metric = a
  entity = b
  replace-value = value > previousValue ? value : null
[series]
  metric = a
  entity = b
  replace-value = time < new Date('2018-12-15T00:00:00Z').getTime() ? null : value
[series]
  metric = a
  entity = b
  replace-value = Math.max(0, value/1024/1024)
