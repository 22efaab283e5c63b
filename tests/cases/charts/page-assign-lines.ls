# expect: template-directive
<#assign pumps = [
  ["p-1", "Inlet"]
 ,["p-2", "Outlet"]
]>
[widget]
  type = chart
  metric = pump.flow
  <#list pumps as pump>
  [series]
    entity = ${pump[0]}
    label = ${pump[1]}
  </#list
