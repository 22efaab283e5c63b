# expect: nothing
[widget]
  type = chart
  add-meta = true
  [series]
    entity = nurswgvml007
    metric = cpu_busy
    alias = s1
    label-format = meta.entity.label - meta.metric.label
  [series]
    value = value('s1') / +entityTag('s1', 'cpus')
  [threshold]
    value = meta('s1').metric.maxValue
  [threshold]
    value = +metricTag('s1', 'limit')
