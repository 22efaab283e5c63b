# expect: not-offered
[widget]
  type = chart
  [series]
    entity = nurswgvml007
    metric = cpu_busy
    data-type = upper_confidence
