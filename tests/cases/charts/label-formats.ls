# expect: nothing
[series]
  entity = a
  metric = b
  label-format = javascript: keepAfterLast(metric, '.')
[series]
  entity = a
  metric = b
  label-format = entity: tags.mount (statistics)
  format = intervalFormat('%dd %H:%M')(value*1000)
[series]
  entity = a
  metric = b
  label = two\nlines
  format = '$' + currency('million')
