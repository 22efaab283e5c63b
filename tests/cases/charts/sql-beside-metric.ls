# expect: not-offered
[widget]
  type = chart
  metric = pump.flow
  entity = plant
  sql = SELECT time, entity, value FROM "pump.flow"
  sql = WHERE time > now - 5 * minute
  [series]
