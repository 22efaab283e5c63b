# expect: nothing
[widget]
  type = chart
  [series]
    metric = tank.size
    entity = plant-*
    alias = size
    display = false
  [series]
    metric = tank.used
    entity = plant-*
    alias = used
    display = false
  [series]
    label-format = entity: tags.tank
    value = 100 * value('used') / value('size')
