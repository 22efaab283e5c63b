# expect: nothing
timespan = 12 hour
entity = nurswgvml007
metric = cpu_busy
[series]
