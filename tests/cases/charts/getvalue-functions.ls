# expect: nothing
[series]
  metric = gdp
  entity = fred
  alias = gdp
[series]
  value = value('gdp') / getValueForDate('gdp', '2010-01-01T00:00:00Z') * 100
[series]
  value = value('gdp') - getValueWithOffset('gdp', '1 year')
[series]
  value = value('gdp') / getMaximumValue('gdp')
[series]
  value = getValueForDate('gdp', getDateWithOffset('1 year', 'current_year'))
