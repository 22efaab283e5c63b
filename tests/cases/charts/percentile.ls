# expect: nothing
[series]
  metric = latency
  entity = www
  alias = l
  display = false
[series]
  value = percentile(95, 'l', '1 day')
[series]
  value = avg('l', '.25 year')
