"""The page on which the host shows what it was told."""

from html import escape

LAYOUT = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Example host</title>
<style>
:root {{ font: 16px/1.5 system-ui, sans-serif; color: #1c2733; background: #eef2f6; }}
body {{ margin: 0; padding: 1.5rem 1rem; }}
main {{ max-width: 60rem; margin: 0 auto; background: #fff; border-radius: .75rem;
        padding: 1.5rem; box-shadow: 0 1px 4px #0003; overflow-x: auto; }}
h1 {{ font-size: 1.25rem; margin: 0 0 1rem; }} h2 {{ font-size: 1rem; margin: 1.5rem 0 .5rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #dde4ec; }}
.running {{ color: #1a6b34; }} .stopped, .failed, .bad {{ color: #a4232c; }}
form {{ display: flex; flex-wrap: wrap; gap: 1rem; align-items: end; }}
select, input {{ font: inherit; padding: .375rem; display: block; }}
button {{ font: inherit; font-weight: 600; padding: .5rem 1rem; border-radius: .5rem;
          border: 1px solid #1f5aa6; background: #fff; color: #1f5aa6; cursor: pointer; }}
:focus-visible {{ outline: 3px solid #f2a900; outline-offset: 2px; }}
</style></head><body><main><h1>Example host</h1>{body}</main></body></html>"""


def overview(platform):
    """Panels, messages and how to misbehave."""
    picture = platform.picture()
    panels = _table(
        ("Panel", "State", "Made", "Paid through", "Was"),
        [(panel['name'], f'<span class="{escape(panel["state"])}">{escape(panel["state"])}</span>',
          f'{panel["progress"]} %' if panel['progress'] else '', panel['paid_through'],
          ', '.join(panel['history']))
         for _number, panel in sorted(picture['panels'].items())], raw=1)
    told = _table(
        ("Time", "Message", "Panel", "No.", "Says", ""),
        [(one['time'], one['type'], one['name'] or '', one['sequence'], one['says'],
          'repeat' if one['repeat'] else '' if one['in_order'] else 'out of order')
         for one in reversed(picture['told'])])
    return LAYOUT.format(body=f"""
<h2>Panels</h2>{panels}
<h2>What the host was told, the newest first</h2>{told}
<h2>Misbehave</h2>
<form method="post" action="/control"><input type="hidden" name="page" value="1">
{_choice(picture, 'answer', "Answers", ('normal', 'error', 'redirect'))}
<label>Slow by seconds<input type="number" min="0" max="120" step="any" name="slow_seconds"
 value="{picture['faults']['slow_seconds']}"></label>
{_choice(picture, 'provisioning', "Making panels", ('normal', 'fail'))}
<button>Do so</button></form>""")


def _table(heads, rows, raw=None):
    """A table; the column `raw` holds HTML."""
    if not rows:
        return "<p>Nothing yet</p>"
    head = ''.join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = ''.join(
        '<tr>' + ''.join(
            f'<td>{value if place == raw else escape(str(value))}</td>'
            for place, value in enumerate(row)) + '</tr>'
        for row in rows)
    return f'<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _choice(picture, name, label, values):
    options = ''.join(
        f'<option{" selected" if picture["faults"][name] == value else ""}>{value}</option>'
        for value in values)
    return f'<label>{escape(label)}<select name="{name}">{options}</select></label>'
