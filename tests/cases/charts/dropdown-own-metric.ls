# expect: nothing
[widget]
  type = chart
  metric = disk.used
  entity = plant
  [dropdown]
    options = javascript: requestMetricsSeriesValues('entity')
    change-field = series.entity
  [dropdown]
    change-field = series.entity
    options = javascript: requestMetricsSeriesValues(null,
    options = function (rows) {
    options =   var names = [];
    options =   rows.forEach(function (row) {
    options =     if (names.indexOf(row.entity) < 0) { names.push(row.entity); }
    options =   });
    options =   return names;
    options = })
  [dropdown]
    change-field = metric
    options = javascript: requestEntitiesMetricsOptions('name', 'label')
  [series]
