# expect: nothing
[widget]
  type = chart
  [dropdown]
    options = javascript: requestMetricsSeriesValues('tags.mount', null, 'disk_used')
    change-field = series.tags.mount
  [dropdown]
    options = javascript: range(1, 4).map(function (n) { return 'p-' + n; })
    change-field = series.entity
  [dropdown]
    options = @{['avg', 'max'].join(', ')}
    change-field = series.statistics
    format = value.toUpperCase()
  [series]
    entity = p-1
    metric = disk_used
    statistics = avg
    period = 1 hour
