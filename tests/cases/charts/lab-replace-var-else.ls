# expect: nothing
[widget]
  type = chart
  [series]
    entity = e
    metric = m
    replace-value = var d = value - previousValue; if (d < 0) return null; else return d * 1000 / (time - previousTime);
