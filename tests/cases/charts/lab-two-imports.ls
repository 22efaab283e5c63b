# expect: nothing
import fred = https://example.org/charts/fred.js
import local = lib/local.js
[widget]
  type = chart
  [series]
    entity = e
    metric = m
    alias = a
  [series]
    value = fred.MonthlyChange('a') / 1000
  [series]
    value = local.IndexMax('a')
