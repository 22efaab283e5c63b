# expect: nothing
[configuration]
  metric = m
  entity = e
[group]
  for year in ['2015', '2016', '2017']
  [widget]
    type = chart
    title = @{year}
    start-time = @{year}-01-01T00:00:00Z
    end-time = @{parseInt(year) + 1}-01-01T00:00:00Z
    [series]
      replace-value = Math.round(value * 10) / 10
  endfor
