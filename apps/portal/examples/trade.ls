# What the United States bought from and sold to eight countries, by month: last values in every form.
# The unit of both metrics is a million dollars, so a value of 42,621 reads "42.6B" in the format below.
[configuration]
  width-units = 3
  start-time = 2016-01-01T00:00:00Z
  end-time = 2016-12-01T00:00:00Z
  timezone = UTC
  format = '$' + currency('millions')
  label-format = entity

var countries = ['canada', 'china', 'germany', 'india', 'japan', 'mexico', 'south-korea', 'united-kingdom']
endvar

[group]
  [widget]
    type = bar
    title = Imports and exports, November 2016
    width-units = 2
    stack = true
    group = metric
    sort = DESC
    axis-title = million USD
    for country in countries
      [column]
        label = @{country.replace('-', ' ')}
        [series]
          metric = us-imports
          entity = @{country}
          metric-label = imports
        [series]
          metric = us-exports
          entity = @{country}
          metric-label = exports
    endfor

  [widget]
    type = gauge
    title = Imports from China, monthly
    thresholds = 0, 30000, 40000, 60000
    caption = November 2016
    [series]
      metric = us-imports
      entity = china

[group]
  [widget]
    type = pie
    title = Where the imports come from
    mode = ring
    sort = DESC
    caption = $191B
    total-value = 191348
    [series]
      metric = us-imports
      entity = *
    [other]
      label = all others

  [widget]
    type = treemap
    title = Area: imports, colour: exports
    display-total = false
    thresholds = 0, 2000, 5000, 10000, 25000
    for country in countries
      [series]
        metric = us-exports
        entity = @{country}
        alias = sold-@{country}
        size = value('bought-@{country}')
      [series]
        metric = us-imports
        entity = @{country}
        alias = bought-@{country}
        display = false
    endfor

  [widget]
    type = bar
    title = Balance, lowest first
    horizontal = true
    sort = value ASC
    for country in countries
      [series]
        metric = us-imports
        entity = @{country}
        alias = in-@{country}
        display = false
      [series]
        metric = us-exports
        entity = @{country}
        alias = out-@{country}
        display = false
      [series]
        label = @{country.replace('-', ' ')}
        value = value('out-@{country}') - value('in-@{country}')
        color = steelblue
        alert-expression = value < -5000
        alert-style = fill: orange
    endfor

[group]
  [widget]
    type = text
    title = Bought in November 2016
    metric = us-imports
    [series]
      entity = china
      alert-expression = value > 40000
      alert-style = color: #c2453c
    [series]
      entity = mexico
    [series]
      entity = canada

  [widget]
    type = graph
    title = Who trades with whom
    width-units = 2
    link-thresholds = 0, 5000, 20000, 60000
    link-widths = 1.5, 4, 8
    link-colors = silver, steelblue, orange
    arrows = true
    [node]
      id = us
      label = United States
    for country in countries
      [series]
        metric = us-imports
        entity = @{country}
        alias = flow-@{country}
        links = "@{country}" -> us
    endfor
