# expect: script-ignored
[configuration]
script
  $(document).ready(function () { $('.x').hide(); });
endscript
[widget]
  type = chart
  [series]
    entity = a
    metric = b
