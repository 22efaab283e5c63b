# expect: nothing
[configuration]
  timezone = utc
[widget]
  type = chart
  time-zone = europe/vienna
  [series]
    metric = pump.flow
    entity = plant
