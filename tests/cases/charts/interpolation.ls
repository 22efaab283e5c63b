# expect: nothing
[series]
  entity = a
  metric = b
  interpolate-function = LINEAR
  interpolate-period = 1 minute
  interpolate-boundary = outer
  interpolate-fill = true
  smooth = ema
  smooth-factor = 0.1
  downsample = true
  downsample-gap = 1 hour
  transformation-order = interpolate, smooth, downsample
