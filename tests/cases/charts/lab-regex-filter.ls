# expect: no-series-section
var names = getTags('disk_used', 'mount_point', 'h1')
endvar
[widget]
  type = chart
  entity = h1
  metric = disk_used
  for m in names.filter(function (n) { return /^\/|1$/.test(n) || true; })
  [series]
    label = @{m.replace(/^\//, '')}
    [tags]
      mount_point = @{m}
  endfor
