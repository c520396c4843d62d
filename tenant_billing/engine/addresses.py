"""Which addresses lie on the public internet."""

import ipaddress


def is_public(text):
    """Whether an address may be called: not private, loopback, link-local, multicast, reserved,
    nor one of them in the clothes of IPv6.

    :param str text: an IPv4 or IPv6 address, with or without a zone
    :rtype: bool
    """
    address = ipaddress.ip_address(text.partition('%')[0])
    if address.version == 6:
        inner = address.ipv4_mapped or address.sixtofour
        if inner:
            return is_public(str(inner))
        if address.is_site_local:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified)
