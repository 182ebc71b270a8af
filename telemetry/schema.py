"""The Sparkplug B payload as a table of field numbers, and the message classes built from it.

Field numbers: Eclipse Sparkplug 3.0.0, section 6.4 (payload components). Only what this project reads is described;
protobuf skips the rest (metadata, data sets, templates, extensions) as unknown fields.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "classroom_fleet.wire"
_Field = tuple[int, str, str]
_VALUE_KINDS = ("uint32", "uint64", "float", "double", "bool", "string")
_VALUE_NAMES = ("int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value")


def _values(first: int) -> tuple[_Field, ...]:
    return tuple(
        (first + place, name, kind) for place, (name, kind) in enumerate(zip(_VALUE_NAMES, _VALUE_KINDS, strict=True))
    )


_PLAIN: dict[str, tuple[_Field, ...]] = {
    "PropertyValue": ((1, "type", "uint32"), (2, "is_null", "bool")),
    "PropertySet": ((1, "keys", "string*"), (2, "values", "PropertyValue*")),
    "Metric": (
        (1, "name", "string"),
        (2, "alias", "uint64"),
        (3, "timestamp", "uint64"),
        (4, "datatype", "uint32"),
        (5, "is_historical", "bool"),
        (7, "is_null", "bool"),
        (9, "properties", "PropertySet"),
    ),
    "Payload": ((1, "timestamp", "uint64"), (2, "metrics", "Metric*"), (3, "seq", "uint64")),
}
_ONEOF: dict[str, tuple[_Field, ...]] = {
    "PropertyValue": _values(3),
    "Metric": (*_values(10), (16, "bytes_value", "bytes")),
}
_TYPES = {
    "uint32": descriptor_pb2.FieldDescriptorProto.TYPE_UINT32,
    "uint64": descriptor_pb2.FieldDescriptorProto.TYPE_UINT64,
    "float": descriptor_pb2.FieldDescriptorProto.TYPE_FLOAT,
    "double": descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
}


def _add_field(message: Any, field: _Field, oneof: bool) -> None:
    number, name, kind = field
    entry = message.field.add(name=name, number=number)
    entry.label = entry.LABEL_REPEATED if kind.endswith("*") else entry.LABEL_OPTIONAL
    plain = kind.rstrip("*")
    if plain in _TYPES:
        entry.type = _TYPES[plain]
    else:
        entry.type = entry.TYPE_MESSAGE
        entry.type_name = f".{_PACKAGE}.{plain}"
    if oneof:
        entry.oneof_index = 0


def _describe() -> descriptor_pb2.FileDescriptorProto:
    described = descriptor_pb2.FileDescriptorProto(name="fleet_wire", package=_PACKAGE, syntax="proto2")
    for name, fields in _PLAIN.items():
        message = described.message_type.add(name=name)
        for field in fields:
            _add_field(message, field, oneof=False)
        if name in _ONEOF:
            message.oneof_decl.add(name="value")
        for field in _ONEOF.get(name, ()):
            _add_field(message, field, oneof=True)
    return described


def build_payload_class() -> Any:
    """Return protobuf's class for a payload, made in a descriptor pool of its own.

    A private pool keeps other Sparkplug packages of the same process from clashing with ours.
    """
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_describe())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))
