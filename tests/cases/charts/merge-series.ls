# expect: nothing
[series]
  entity = *
  metric = m
  merge-series = true
[series]
  entities = a, b, c-*
  metric = m
  merge-fields = tags.topic
