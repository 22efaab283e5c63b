# expect: nothing
var years = range(2010, 2014).map(y => y + '-01-01T00:00:00Z')
endvar
[widget]
  type = chart
  entity = e
  metric = m
  for y in years
  [series]
    label = @{y.substring(0, 4)}
    time-offset = @{y_index} year
  endfor
