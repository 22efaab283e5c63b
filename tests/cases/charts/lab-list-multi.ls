# expect: nothing
list hosts = nurswgvml006,
  nurswgvml007,
  nurswgvml010
endlist
[widget]
  type = chart
  metric = cpu_busy
  for h in hosts
    if h_index < hosts.length - 1
    [series]
      entity = @{h}
    elseif h == 'nurswgvml010'
    [series]
      entity = @{h.substring(0, 3)}*
      multiple-series = true
    endif
  endfor
