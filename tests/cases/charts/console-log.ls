# expect: nothing
[widget]
  type = chart
  metric = pump.flow
  entity = plant
  [series]
    enabled = console.log(meta()); return true;
