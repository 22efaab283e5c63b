# expect: nothing
var colors = {"cpu_user": "red", "cpu_system": "blue"}
[widget]
  type = chart
  for metric in Object.keys(colors)
  [series]
    entity = h
    metric = @{metric}
    color = @{colors[metric]}
  endfor
