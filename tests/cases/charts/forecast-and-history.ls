# expect: nothing
[widget]
  type = chart
  load-future-data = true
  [series]
    entity = nurswgvml007
    metric = cpu_busy
  [series]
    entity = nurswgvml007
    metric = cpu_busy
    data-type = forecast
    style = stroke-dasharray: 4
    forecast-name = hourly
