# expect: nothing
[threshold]
  value = max('cpu', '1 day')
  color = red
[series]
  metric = cpu_busy
  entity = nurswgvml007
  alias = cpu
