# expect: template-directive
<#assign pumps = ["a", "b"]>
[widget]
  type = chart
  metric = pump.flow
  <#list pumps as pump>
  [series]
    entity = ${pump}
    alias = flow_${pump}
  </#list>
  [series]
    value = 0 <#list pumps as pump> + value('flow_${pump}')</#list>
