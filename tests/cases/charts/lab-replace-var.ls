# expect: nothing
[widget]
  type = chart
  [series]
    entity = e
    metric = m
    replace-value = var v = value / 1024;
    replace-value = if (v > 100) { v = 100; }
    replace-value = return v;
