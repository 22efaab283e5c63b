# expect: nothing
[widget]
  type = chart
  [series]
    entity = e
    metric = m
    alert-expression = value > 90 ? 3 : value > 80 ? 2 : value > 70 ? 1 : 0
    alert-style = if (alert == 3) return 'stroke: red; stroke-width: 3';
    alert-style = if (alert == 2) return 'stroke: orange';
    alert-style = return 'stroke: yellow';
