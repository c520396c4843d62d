"""Build the asset bundles of the database that the configuration in ODOO_RC names.

Run by the environment's Python, not imported.
"""

import odoo.api
import odoo.modules.registry
import odoo.service.server
import odoo.tools

# Pages that only those open who work on Odoo's own JavaScript; half of the time goes into them.
UNVISITED = ('web.assets_unit_tests', 'web.assets_unit_tests_setup', 'web.tests_assets')


def main():
    odoo.tools.config.parse_config([])
    odoo.service.server.load_server_wide_modules()
    registry = odoo.modules.registry.Registry(odoo.tools.config['db_name'][0])
    with registry.cursor() as cr:
        qweb = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})['ir.qweb']
        scripts, styles = qweb._get_bundles_to_pregenarate()
        for bundle in sorted(scripts.difference(UNVISITED)):
            qweb._get_asset_bundle(bundle, css=False, js=True).js()
        for bundle in sorted(styles.difference(UNVISITED)):
            qweb._get_asset_bundle(bundle, css=True, js=False).css()


if __name__ == '__main__':
    main()
