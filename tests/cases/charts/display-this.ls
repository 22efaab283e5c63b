# expect: nothing
[series]
  entity = *
  metric = cpu_busy
  display = this.last.t > Date.now() - 3600000 && this.last.v > 0
