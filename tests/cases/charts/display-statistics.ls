# expect: nothing
[series]
  entity = *
  metric = debt
  display = last('10 year') / first('10 year') > 1.5
