# expect: nothing
csv s = id, unit
p-1, l
p-2, l
endcsv
[widget]
  type = chart
  [dropdown]
    options = @{s.values('id').escape()}
    change-field = series.entity
  [series]
    metric = m
  [series]
    metric = m
    label = @{s.get('id', 'p-1', 'unit')}
