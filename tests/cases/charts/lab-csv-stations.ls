# expect: nothing
csv stations =
id, name, color
  1, "Lake, North", '#d00'
  2, South, green

endcsv
[configuration]
  metric = water.temp
[group]
  [widget]
    type = chart
    for row in stations
    [series]
      entity = station-@{row.id}
      label = @{row.name.replace(/,/g, ' -')}
      color = @{row.color.replace(/'/g, "")}
    endfor
