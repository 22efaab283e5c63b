"""The shapes of series queries and their answers, for the OpenAPI document only."""

from __future__ import annotations

from rest_framework import serializers

__all__ = ["ErrorBody", "SeriesAnswer", "SeriesQueryBody"]

_UNITS = (
    "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR",
)  # fmt: skip
_ALIGN = ("CALENDAR", "START_TIME", "END_TIME", "FIRST_VALUE_TIME")
_FILLINGS = ("NONE", "PREVIOUS", "NEXT", "LINEAR", "VALUE")


class IntervalBody(serializers.Serializer):
    count = serializers.FloatField()
    unit = serializers.ChoiceField(_UNITS)


class PeriodBody(IntervalBody):
    align = serializers.ChoiceField(_ALIGN, required=False)
    timezone = serializers.CharField(required=False)


class RatePeriodBody(serializers.Serializer):
    count = serializers.FloatField(min_value=0)
    unit = serializers.CharField(required=False, help_text="NANOSECOND to YEAR; default SECOND")


class FillingBody(serializers.Serializer):
    type = serializers.ChoiceField(_FILLINGS)
    value = serializers.FloatField(required=False)
    extend = serializers.BooleanField(required=False)


class InterpolateBody(serializers.Serializer):
    function = serializers.ChoiceField(("LINEAR", "PREVIOUS", "AUTO"))
    period = PeriodBody()
    boundary = serializers.ChoiceField(("INNER", "OUTER"), required=False)
    order = serializers.IntegerField(required=False)


class GroupBody(serializers.Serializer):
    type = serializers.CharField()
    period = PeriodBody(required=False)
    groupByEntityAndTags = serializers.ListField(
        child=serializers.CharField(), required=False, allow_null=True
    )
    interpolate = FillingBody(required=False)
    truncate = serializers.BooleanField(required=False)
    order = serializers.IntegerField(required=False)


class RateBody(serializers.Serializer):
    period = RatePeriodBody(required=False)
    counter = serializers.BooleanField(required=False, default=True)
    order = serializers.IntegerField(required=False)


class ThresholdBody(serializers.Serializer):
    min = serializers.FloatField(required=False)
    max = serializers.FloatField(required=False)


class AggregateBody(serializers.Serializer):
    type = serializers.CharField(required=False)
    types = serializers.ListField(child=serializers.CharField(), required=False)
    period = PeriodBody(required=False)
    interpolate = FillingBody(required=False)
    threshold = ThresholdBody(required=False)
    order = serializers.IntegerField(required=False)


class SmoothBody(serializers.Serializer):
    type = serializers.ChoiceField(("AVG", "COUNT", "SUM", "WAVG", "WTAVG", "EMA"))
    count = serializers.IntegerField(required=False, min_value=1)
    interval = IntervalBody(required=False)
    minimumCount = serializers.IntegerField(required=False, min_value=0)
    factor = serializers.FloatField(required=False)
    range = serializers.FloatField(required=False)
    order = serializers.IntegerField(required=False)


class DownsampleBody(serializers.Serializer):
    algorithm = serializers.ChoiceField(("DETAIL", "INTERPOLATE"), required=False)
    difference = serializers.FloatField(required=False, min_value=0)
    ratio = serializers.FloatField(required=False, min_value=1)
    gap = IntervalBody(required=False)
    order = serializers.IntegerField(required=False)


class SeriesQueryBody(serializers.Serializer):
    """One query. Give one of entity, entities, entityGroup, entityExpression, and an interval."""

    metric = serializers.CharField()
    type = serializers.ChoiceField(("HISTORY", "FORECAST", "FORECAST_DEVIATION"), required=False)
    forecastName = serializers.CharField(required=False)
    entity = serializers.CharField(required=False)
    entities = serializers.ListField(child=serializers.CharField(), required=False)
    entityGroup = serializers.CharField(required=False)
    entityExpression = serializers.CharField(required=False)
    tags = serializers.DictField(required=False)
    exactMatch = serializers.BooleanField(required=False)
    tagExpression = serializers.CharField(required=False)
    startDate = serializers.CharField(required=False)
    endDate = serializers.CharField(required=False)
    interval = IntervalBody(required=False)
    minInsertDate = serializers.CharField(required=False)
    maxInsertDate = serializers.CharField(required=False)
    sampleFilter = serializers.CharField(required=False)
    interpolate = InterpolateBody(required=False)
    group = GroupBody(required=False)
    rate = RateBody(required=False)
    aggregate = AggregateBody(required=False)
    smooth = SmoothBody(required=False)
    downsample = DownsampleBody(required=False)
    transformationOrder = serializers.ListField(child=serializers.CharField(), required=False)
    limit = serializers.IntegerField(required=False)
    direction = serializers.ChoiceField(("ASC", "DESC"), required=False)
    seriesLimit = serializers.IntegerField(required=False)
    cache = serializers.BooleanField(required=False)
    requestId = serializers.CharField(required=False)
    timeFormat = serializers.ChoiceField(("iso", "milliseconds"), required=False)
    addMeta = serializers.BooleanField(required=False)
    timezone = serializers.CharField(required=False)


class SampleAnswer(serializers.Serializer):
    """``d`` or ``t`` is the time; ``v`` the value, null when it is missing; ``x`` a text."""

    d = serializers.CharField(required=False)
    t = serializers.IntegerField(required=False)
    v = serializers.FloatField(allow_null=True)
    x = serializers.CharField(required=False)
    s = serializers.FloatField(required=False, help_text="standard deviation, of a forecast")


class SeriesAnswer(serializers.Serializer):
    """One output series. Settings of the stages that ran are echoed beside these fields."""

    entity = serializers.CharField()
    metric = serializers.CharField()
    tags = serializers.DictField()
    type = serializers.CharField()
    aggregate = serializers.DictField()
    data = SampleAnswer(many=True)


class ErrorBody(serializers.Serializer):
    error = serializers.CharField()
