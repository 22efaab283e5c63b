# expect: deprecated-section
[series]
  entity = a
  metric = b
  [tag]
    name = mount
    value = /
