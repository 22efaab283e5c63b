# expect: not-offered
[series]
  entity = a
  table = t
  attribute = x
