# expect: bad-date
[widget]
  type = chart
  start-time = 12 May 2016
  [series]
    metric = pump.flow
    entity = plant
