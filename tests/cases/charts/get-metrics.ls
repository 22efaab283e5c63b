# expect: nothing
[widget]
  type = chart
  for m in getMetrics('nurswgvml007', "name LIKE 'cpu*'")
  [series]
    entity = nurswgvml007
    metric = @{m}
  endfor
