# expect: nothing
[widget]
  type = treemap
  mode = row
  display-total = false
  [series]
    entity = *
    metric = disk_used_percent
    size = value('size')
    label-format = entity
    tooltip = size
  [series]
    entity = *
    metric = disk_size
    alias = size
    display = false
  [properties]
    os = linux
