# expect: nothing
for s in getSeries('disk_used', 'nurswgvml007', 'current_month', 'now')
  [series]
    entity = @{s.entity}
    metric = @{s.metric}
    label = @{s.lastInsertDate}
    [tags]
    for t in Object.keys(s.tags)
      "@{t}" = @{s.tags[t]}
    endfor
endfor
