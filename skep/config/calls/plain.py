"""skep's own words: ``{"service": "shop_web", "replicas": 7}``, or the same behind the question mark."""

from skep.config.calls.delivery import CallDialect, Delivery, asks, field_text, read_wish, whole_reason
from skep.core.call import Call

__all__ = ["DIALECT"]


def _is_spoken(delivery: Delivery) -> bool:
    fields = delivery.fields or delivery.query
    return not delivery.path and (asks(fields) or field_text(fields, "service") is not None)


def _read(delivery: Delivery) -> tuple[Call, ...]:
    fields = delivery.fields or delivery.query
    place = "the body" if delivery.fields else "the query"
    return (read_wish(fields, place=place, reason=whole_reason(field_text(fields, "reason"))),)


DIALECT = CallDialect(name="plain", is_spoken=_is_spoken, read=_read)
