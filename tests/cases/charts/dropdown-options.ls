# expect: nothing
[widget]
  type = chart
  [dropdown]
    options = nurswgvml006, nurswgvml007
    change-field = series.entity
  [dropdown]
    change-field = series.statistic
    [option]
      value = avg
      text = Average
    [option]
      value = max
  [series]
    metric = cpu_busy
