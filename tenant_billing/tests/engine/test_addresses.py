import pytest

from odoo.addons.tenant_billing.engine import addresses

PUBLIC = ['1.1.1.1', '203.112.0.1', '100.63.255.255', '172.32.0.1', '2606:4700::1111',
          '::ffff:1.1.1.1']
NOT_PUBLIC = {
    'loopback': ['127.0.0.1', '127.255.255.254', '::1'],
    'private': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fd12::1'],
    'link-local': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0'],
    'carrier': ['100.64.0.1', '100.127.255.255'],
    'multicast': ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
    'reserved': ['0.0.0.0', '0.1.2.3', '240.0.0.1', '255.255.255.255', '::', '100::1'],
    'documentation': ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1'],
    'benchmark': ['198.18.0.1'],
    'site-local': ['fec0::1'],
    'mapped': ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:169.254.169.254'],
    'compatible': ['::127.0.0.1'],
    'translated': ['64:ff9b::7f00:1', '64:ff9b:1::a00:1'],
    '6to4': ['2002:7f00:1::', '2002:a00:1::', '2002:c0a8:101::1'],
    'teredo': ['2001:0:4136:e378:8000:63bf:3fff:fdd2'],
}


@pytest.mark.parametrize('address', PUBLIC)
def test_public(address):
    assert addresses.is_public(address)


@pytest.mark.parametrize(
    'address', [address for group in NOT_PUBLIC.values() for address in group])
def test_not_public(address):
    assert not addresses.is_public(address)
