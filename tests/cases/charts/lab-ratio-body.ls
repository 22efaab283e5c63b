# expect: nothing
[widget]
  type = chart
  entity = e
  [series]
    metric = used
    alias = used
    display = false
  [series]
    metric = total
    alias = total
    display = false
  [series]
    value = var u = value('used');
    value = var t = value('total');
    value = if (t === 0 || t == null) return null;
    value = return u / t * 100;
    format = %
