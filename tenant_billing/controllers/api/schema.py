"""A small part of JSON Schema: what our routes say of themselves, and hold their callers to."""

import re

TYPES = {
    'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None),
}


class InvalidError(Exception):
    """A sentence that says what is wrong with a value, and where."""


def check(schema, value, name="The body"):
    """Hold a value against a schema.

    :param dict schema: JSON Schema, of its words those that are read below
    :param value: as the JSON module gives it
    :param str name: how the value is called in the sentence
    :raise InvalidError: where it does not fit
    """
    kinds = schema.get('type', [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(kind, value) for kind in kinds):
        raise InvalidError(f"{name} must be {' or '.join(kinds)}.")
    if 'enum' in schema and value not in schema['enum']:
        raise InvalidError(f"{name} must be one of {', '.join(map(str, schema['enum']))}.")
    if isinstance(value, str):
        _check_text(schema, value, name)
    elif isinstance(value, (int, float)):
        _check_number(schema, value, name)
    elif isinstance(value, list) and 'items' in schema:
        for number, item in enumerate(value):
            check(schema['items'], item, f"{name}[{number}]")
    elif isinstance(value, dict):
        _check_object(schema, value, name)


def _is(kind, value):
    if kind in ('integer', 'number'):
        return not isinstance(value, bool) and (
            isinstance(value, int)
            or isinstance(value, float) and (kind == 'number' or value.is_integer()))
    return isinstance(value, TYPES[kind])


def _check_text(schema, value, name):
    if '\0' in value or any('\ud800' <= letter <= '\udfff' for letter in value):
        raise InvalidError(f"{name} holds a character that is no text.")
    if len(value) < schema.get('minLength', 0):
        raise InvalidError(f"{name} is too short: at least {schema['minLength']}.")
    if len(value) > schema.get('maxLength', len(value)):
        raise InvalidError(f"{name} is too long: at most {schema['maxLength']}.")
    if 'pattern' in schema and not re.search(schema['pattern'], value):
        raise InvalidError(f"{name} does not have the right form.")


def _check_number(schema, value, name):
    if not schema.get('minimum', value) <= value <= schema.get('maximum', value):
        raise InvalidError(
            f"{name} must be from {schema.get('minimum')} to {schema.get('maximum')}.")


def _check_object(schema, value, name):
    known = schema.get('properties', {})
    for key in schema.get('required', ()):
        if key not in value:
            raise InvalidError(f"{name} lacks {key}.")
    if 'anyOf' in schema and not any(
            set(choice['required']) <= set(value) for choice in schema['anyOf']):
        choices = " or ".join(", ".join(choice['required']) for choice in schema['anyOf'])
        raise InvalidError(f"{name} lacks {choices}.")
    for key, item in value.items():
        if key in known:
            check(known[key], item, key)
        elif schema.get('additionalProperties') is False:
            raise InvalidError(f"{name} has an unknown part: {key[:40]!r}.")
