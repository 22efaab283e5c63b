# expect: nothing
[widget]
  type = bar
  [series]
    entity = nurswgvml007
    metric = cpu_busy
    alert-expression = value > 90 ? 2 : value > 70 ? 1 : 0
    alert-style = if (alert > 1) return 'fill: red'
    alert-style = return 'fill: orange'
