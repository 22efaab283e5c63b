# expect: nothing
[widget]
  type = chart
  title = CPU
  mode = stack
  [series]
    metric = cpu_user
    entity = nurswgvml006
  [series]
    metric = cpu_system
    entity = nurswgvml006
    color = #d00
