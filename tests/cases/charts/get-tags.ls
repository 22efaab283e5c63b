# expect: no-series-section
[widget]
  type = chart
  var mounts = getTags('disk_used', 'mount_point', 'nurswgvml007')
  for m in mounts
  [series]
    entity = nurswgvml007
    metric = disk_used
    [tags]
      mount_point = @{m}
  endfor
