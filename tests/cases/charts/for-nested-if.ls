# expect: nothing
list metrics = cpu, mem, disk
[group]
for m in metrics
  if m == 'cpu'
    [widget]
      type = gauge
      thresholds = 0, 50, 75, 100
  elseif m == 'mem'
    [widget]
      type = chart
  else
    [widget]
      type = text
  endif
    [series]
      metric = @{m}
      entity = h
  if m_index % 2 == 1
    [group]
  endif
endfor
