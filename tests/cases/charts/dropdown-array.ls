# expect: nothing
var names = getTags('disk_used', 'mount_point')
[widget]
  type = chart
  [dropdown]
    options = @{names.escape()}
    change-field = series.tags.mount_point
  [series]
    entity = nurswgvml007
    metric = disk_used
