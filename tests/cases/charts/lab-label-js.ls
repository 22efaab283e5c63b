# expect: nothing
[widget]
  type = chart
  metric = disk_used
  [series]
    entity = *
    label-format = javascript: entity.replace(/\..*$/, '') + ' ' + tags.mount_point
