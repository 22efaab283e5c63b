# expect: nothing
var part = escape('pump-flow')
var found = getMetrics('plant').filter(function (m) { return m.match('cpu.*|' + part); })
[widget]
  type = chart
  entity = plant
  for m in found
  [series]
    metric = @{m}
  endfor
