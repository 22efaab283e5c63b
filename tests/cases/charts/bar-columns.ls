# expect: nothing
[widget]
  type = bar
  title = Disk
  sort = value DESC
  hide-empty-columns = true
  [column]
    label = nurswgvml007
    [series]
      entity = nurswgvml007
      metric = disk_used
      color = red
      [tags]
        mount_point = /
    [series]
      entity = nurswgvml007
      metric = disk_size
  [column]
    label-format = tags.mount_point
    multiple-column = true
    [series]
      entity = *
      metric = disk_used
      multiple-series = true
