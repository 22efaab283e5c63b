# expect: template-directive page-parameter
[configuration]
  <#assign host = "a">
  height-units = 2
[group]
  [widget]
    type = chart
    <#list 1..3 as i>
    [series]
      entity = ${host}
      metric = cpu
    </#list>
    <#if host == "a">
    [series]
      metric = c${i}
      entity = ${host!"x"}
    <#elseif 3 gt 4>
    [series]
    <#else>
    </#if>
    <#macro x>
    [series]
      entity = ${nobody!"localhost"}
      metric = ${who}
