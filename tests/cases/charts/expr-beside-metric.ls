# expect: not-offered
[widget]
  type = chart
  metric = pump.flow
  entity = plant
  [series]
    metrics = a, b
    evaluate-expression = a + b;
