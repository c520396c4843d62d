"""The check of a platform's key against Odoo's routes for anybody and for a user's key."""

from status import FLOOR, in_turn, server
from world import World

OURS = '/api/v1/key'
BEARER = '/json/2/res.users/context_get'


def keys(env, n, runs):
    """Requests per second of `n` requests each, one connection at a time."""
    world = World(env, 1)
    key = env['tenant.api.key'].create({'name': "Bench", 'company_id': world.company.id})
    secret = key.action_issue()['context']['default_secret']
    admin = env.ref('base.user_admin')
    user_key = env['res.users.apikeys'].with_user(admin).sudo()._generate(None, "Bench", False)
    env.cr.commit()
    asked = {
        'ours': ('GET', OURS, {'Authorization': f'Bearer {secret}'}),
        'none': ('GET', FLOOR, {}),
        'bearer': ('POST', BEARER, {
            'Authorization': f'Bearer {user_key}', 'Content-Type': 'application/json'}),
    }
    with server() as port:
        medians = in_turn(port, asked, n, runs)
    for floor in ('none', 'bearer'):
        yield {
            'case': f"key check against auth='{floor}'", 'n': n, 'ours': round(medians['ours']),
            'floor': round(medians[floor]), 'unit': 'requests per second',
            'ratio': round(medians['ours'] / medians[floor], 2), 'runs': runs,
        }
