# expect: nothing
[widget]
  type = chart
  start-time = 2017-05-01 00:00
  end-time = 2017-06-01
  entity = e
  metric = m
  [series]
    value = time() > new Date('2017-05-10').getTime() ? value('a') : null
  [series]
    alias = a
