# expect: not-offered
[widget]
  type = chart
  metrics = a, b
  entity = h
  [series]
    expr
      return a + b
    endexpr
