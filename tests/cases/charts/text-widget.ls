# expect: nothing
[widget]
  type = text
  circle = true
  [series]
    entity = h
    metric = cpu
    icon = public/img/cpu.svg
    icon-position = left
    format = fixed(0) + '%'
