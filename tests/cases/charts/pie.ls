# expect: nothing
[widget]
  type = pie
  mode = ring
  total-value = 100
  [series]
    entity = h
    metric = cpu_user
    expand = true
    series-labels = connected
  [other]
    label = idle
    color = lightgray
