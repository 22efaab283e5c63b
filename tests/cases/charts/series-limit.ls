# expect: nothing
[series]
  entity = *
  metric = m
  series-limit = 10
  limit = 100
  exact-match = true
  tag-expression = tags.unit LIKE 'l*'
  entity-expression = tags.site = 'north' AND name LIKE 'p-*'
  entity-group = all
