# expect: page-parameter
[widget]
  type = chart
  entity = plant
  var metrics = ${metrics}
  for m in metrics
  [series]
    metric = @{m}
  endfor
