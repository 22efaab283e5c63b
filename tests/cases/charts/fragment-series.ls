# expect: nothing
[series]
  entity = nurswgvml007
  metric = cpu_busy
  statistic = avg
  period = 15 minute
