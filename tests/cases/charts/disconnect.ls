# expect: nothing
[widget]
  type = chart
  step-line = true
  markers = false
  disconnect-interval = 5 minutes
  [series]
    entity = a
    metric = b
    disconnect-count = 1
    mode = column
    style = stroke-width: 2
