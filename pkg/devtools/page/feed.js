import { filterField, h } from './dom.js';

/**
 * Fills a list with lines of the store and adds new ones on every update. Returns the fields that filter them.
 *
 * @param options.matches decides by the value of the selection whether to show a line.
 */
export function createFeed(
  list,
  { lines, createRow, max, newestFirst, label, text = '', select, options, matches, onUpdate },
) {
  let seen = 0;
  const search = filterField(label, restart, text);
  const items = options.map(([value, name]) => h('option', { value }, name));
  const selection = h('select', { ariaLabel: select, onchange: restart }, items);

  function update() {
    const searched = search.value.trim().toLowerCase();
    const isShown = (line) => line.number > seen && line.text.includes(searched) && matches(line, selection.value);
    const rows = lines.filter(isShown).slice(-max).map(createRow);
    seen = Math.max(seen, ...lines.map(({ number }) => number));
    if (newestFirst) list.prepend(...rows.reverse());
    else list.append(...rows);
    while (list.children.length > max) list[newestFirst ? 'lastChild' : 'firstChild'].remove();
    onUpdate?.();
  }

  function restart() {
    seen = 0;
    list.replaceChildren();
    update();
  }

  return { update, fields: [search, selection] };
}
