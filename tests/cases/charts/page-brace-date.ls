# expect: page-parameter
[widget]
  type = chart
  end-time = current_day - {days} * day
  [series]
    metric = pump.flow
    entity = plant
