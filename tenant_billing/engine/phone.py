"""Phone numbers as gateways for text messages want them."""

# Countries whose national numbers keep their first zero.
_KEEP_ZERO = frozenset({'IT', 'SM', 'VA'})


def e164(number: str, country: str, calling_code: int) -> str | None:
    """The number with plus and calling code (E.164), None if it is no number.

    :param number: as a person writes it, national or international
    :param country: two letters of the country of a national number, BD for Bangladesh; may be ''
    :param calling_code: of that country, 880 for Bangladesh; 0 if there is none
    """
    text = (number or '').strip()
    plain = text.lstrip('+')
    digits = ''.join(str(int(sign)) for sign in plain if sign.isdecimal())
    if any(not sign.isdecimal() and sign not in ' -./()\u00a0' for sign in plain):
        return None
    if digits.startswith('00'):
        digits = digits[2:]
    elif not text.startswith('+'):
        digits = _international(digits, country, calling_code)
    if not 8 <= len(digits) <= 15 or digits.startswith('0') or not _is_possible(digits):
        return None
    return f'+{digits}'


def _international(digits: str, country: str, calling_code: int) -> str:
    """A national number with its calling code."""
    if country == 'BD' and digits.startswith('880'):
        return digits
    if country in ('US', 'CA') and len(digits) == 11 and digits.startswith('1'):
        return digits
    if not calling_code:
        return ''
    if country not in _KEEP_ZERO:
        digits = digits.removeprefix('0')
    return f'{calling_code}{digits}'


def _is_possible(digits: str) -> bool:
    """Bangladesh: only mobile numbers take text messages, 8801 and nine digits, from 3 on."""
    return not digits.startswith('880') or (
        len(digits) == 13 and digits[3] == '1' and digits[4] in '3456789')


def for_gateway(number: str, style: str) -> str:
    """An E.164 number as a gateway wants it: 'plus', 'digits', or 'local' (0… in Bangladesh)."""
    if style == 'plus':
        return number
    if style == 'local' and number.startswith('+880'):
        return f'0{number[4:]}'
    return number.removeprefix('+')
