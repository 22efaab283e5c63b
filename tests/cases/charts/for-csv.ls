# expect: nothing
csv countries =
  name, code
  Austria, AT
  "Korea, South", KR
endcsv
[widget]
  type = chart
  for row in countries
  [series]
    metric = gdp
    entity = world
    label = @{row.name}
    [tags]
      country = @{row.code}
  endfor
