# expect: nothing
[widget]
  type = chart
  period = 1 hour
  [series]
    entity = a
    metric = b
    statistics = percentile(99.9), avg, median
  [series]
    entity = a
    metric = b
    statistics = threshold_percent
    max-threshold = 80
    start-working-minutes = 480
    end-working-minutes = 1080
  [series]
    entity = a
    metric = b
    statistics = percentile_95
  [series]
    entity = a
    metric = b
    statistics = counter
    rate = 1 second
  [series]
    entity = a
    metric = b
    statistics = detail
