# Rows instead of lines. Tables sort by their heads, filter by words and export what they show.
[configuration]
  width-units = 2
  start-time = 2007-01-01T00:00:00Z
  end-time = 2016-12-01T00:00:00Z
  timezone = UTC

[group]
  [widget]
    type = table
    title = Ten years of trade, million USD a month
    width-units = 2
    merge-columns = entity
    sort = us-imports DESC
    [series]
      metric = us-imports
      entity = *
    [series]
      metric = us-exports
      entity = *
    [column]
      key = entity
      label = Country
    [column]
      key = us-imports
      label = Imports
      alert-expression = value > 20000
      alert-style = color: #c2453c; font-weight: bold
    [column]
      key = us-exports
      label = Exports
    [column]
      key = balance
      label = Balance
      value = value('us-exports') - value('us-imports')
      style = value < 0 ? 'color: #c2453c' : 'color: #4f9d69'
    [column]
      key = max
      label = Most imported
    [column]
      key = percentile_50
      label = Median month
    [column]
      key = time
      label = Last month
      format = %b %Y

[group]
  [widget]
    type = property
    title = The countries
    sort = entity
    column-time = null
    column-entity = Country
    [property]
      type = $entity_tags

  [widget]
    type = console
    title = Messages of an outage
    source = message
    start-time = 2018-05-24T00:00:00Z
    end-time = 2018-05-27T00:00:00Z
    entity = hetzner
    column-source = null
    column-type = null
    column-entity = null
    severity-style = column

[group]
  [widget]
    type = chart
    title = One country, either direction
    [series]
      metric = us-imports
      entity = china
    [dropdown]
      change-field = series.metric
      [option]
        value = us-imports
        text = imports
      [option]
        value = us-exports
        text = exports
    [dropdown]
      change-field = series.entity
      options = china, canada, mexico, japan, germany

  [widget]
    type = page
    title = The source of these figures
    url = https://www.census.gov/foreign-trade/balance/
