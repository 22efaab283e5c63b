# expect: nothing
[configuration]
  list servers = nurswgvml006, nurswgvml007,
    nurswgvml010
  endlist
[group]
  for server in servers
  [widget]
    type = chart
    title = @{server}
    [series]
      entity = @{server}
      metric = cpu_busy
  endfor
