# expect: nothing
[widget]
  type = chart
  metric = disk_used
  [series]
    entity = *
    display = !/^\/proc/.test(tags.mount_point) && value > 0
    label-format = tags.mount_point
