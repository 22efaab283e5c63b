# expect: page-parameter
[widget]
  type = ${kind}
  list hosts = ${getHostsForGroup("linux")?join(",")}
  [series]
    metric = pump.flow
    entity = ${host?lower_case}
    title = ${unit!"l/s"}
