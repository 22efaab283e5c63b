# expect: nothing
[widget]
  type = chart
  [series]
    metric = disk_used
    entity = nurswgvml007
    alias = used
    display = false
  [series]
    metric = disk_size
    entity = nurswgvml007
    alias = size
    display = false
  [series]
    value = value('used') / value('size') * 100
    label = Used, %
    format = %
