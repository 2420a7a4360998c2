// What all parts of the page are made of: elements, words for numbers, charts that fit their place, tables that sort.
// Texts from the policy or the trace only ever become text nodes and attributes, never markup.
'use strict';

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}
const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const sv = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

// Words for numbers.
const number = (value) => Math.round(value).toLocaleString('en-US');
const plural = (count, noun) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
const fixed = (value, digits) => (value === null ? '–' : value.toFixed(digits));
function percent(share) {
  if (share === null) return '–';
  const value = share * 100;
  return `${value !== 0 && value < 10 && value !== Math.round(value) ? value.toFixed(value < 0.1 ? 3 : 1) : value.toFixed(value > 99 && value < 100 ? 1 : 0)} %`;
}
function span(seconds) {
  if (seconds === null) return '–';
  if (seconds === 0) return '0 s';
  if (seconds < 10 && Number.isInteger(seconds)) return `${seconds} s`;
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.095 ? 2 : 1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${String(whole % 60).padStart(2, '0')} s` : ''}`;
  const minutes = Math.round(seconds / 60);
  if (minutes <= 1440) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${String(minutes % 60).padStart(2, '0')} min` : ''}`;
  return `${(minutes / 1440).toFixed(minutes % 1440 ? 1 : 0)} days`;
}
function clock(minutes) {
  const whole = Math.floor(minutes);
  return `${String(Math.floor(whole / 60) % 24).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}
// A time of day, and how many days later it is.
const moment = (minutes) => `${clock(minutes)}${minutes >= 1440 ? `, ${plural(Math.floor(minutes / 1440), 'day')} later` : ''}`;
function money(micros, currency) {
  if (micros === null) return '–';
  const digits = micros !== 0 && Math.abs(micros) < 1e4 ? 6 : micros % 1e4 ? 4 : 2;
  const text = (Math.abs(micros) / 1e6).toLocaleString('en-US', {minimumFractionDigits: 2, maximumFractionDigits: digits});
  return `${micros < 0 ? '−' : ''}${currency}${text}`;
}

// A chart is drawn as wide as its place is, and again when that changes.
const drawn = new Map();
const resized = new ResizeObserver((entries) => {
  for (const entry of entries) draw(entry.target);
});
function draw(box) {
  const chart = drawn.get(box);
  const width = Math.floor(Math.max(box.clientWidth, chart.least));
  if (box.clientWidth === 0 || width === chart.width) return;
  chart.width = width;
  box.replaceChildren(chart.paint(width));
}
function chart(title, description, least, paint) {
  const box = el('div', {class: least ? 'scroll' : null});
  drawn.set(box, {width: 0, least, paint: (width) => {
    const {height, parts, hover} = paint(width);
    const svg = sv('svg', {class: `chart${least ? ' wide' : ''}`, role: 'img', viewBox: `0 0 ${width} ${height}`, width, height},
                   sv('title', {}, title), sv('desc', {}, description), parts);
    if (hover) follow(svg, width, height, hover);
    return svg;
  }});
  resized.observe(box);
  return box;
}

const tip = () => document.getElementById('tip');
function tell(event, text) {
  const box = tip();
  box.textContent = text;
  box.hidden = false;
  const left = Math.min(event.clientX + 16, window.innerWidth - box.offsetWidth - 8);
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${Math.max(8, event.clientY - box.offsetHeight - 12)}px`;
}
const hush = () => { tip().hidden = true; };
// `hover`: {left, right, count, text(i)}: what stands above the i-th of count equal columns.
function follow(svg, width, height, hover) {
  const cursor = sv('line', {class: 'cursor', y1: 0, y2: height, visibility: 'hidden'});
  svg.append(cursor);
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) * width / box.width;
    const i = Math.floor((x - hover.left) / (hover.right - hover.left) * hover.count);
    if (i < 0 || i >= hover.count) return leave();
    const at = hover.left + (i + 0.5) * (hover.right - hover.left) / hover.count;
    cursor.setAttribute('x1', at);
    cursor.setAttribute('x2', at);
    cursor.setAttribute('visibility', 'visible');
    tell(event, hover.text(i));
  });
  const leave = () => { cursor.setAttribute('visibility', 'hidden'); hush(); };
  svg.addEventListener('pointerleave', leave);
}
const pointing = (text) => ({onpointermove: (event) => tell(event, text), onpointerleave: hush});

// Round numbers from 0 up to at least `max`.
function ticksUpTo(max, about) {
  if (!(max > 0)) return [0, 1];
  const rough = max / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough && (power >= 1 || s !== 2.5 * power));
  const ticks = [];
  for (let i = 0; ; i++) {
    ticks.push(i * step);
    if (i * step >= max - 1e-12) return ticks;
  }
}
const kSteps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10080];
// Times of day below a chart.
function timeAxis(from, minutes, left, right, y, height) {
  const step = kSteps.find((s) => minutes / s * 64 <= right - left) || 20160;
  const parts = [sv('line', {class: 'axis', x1: left, x2: right, y1: y, y2: y})];
  for (let at = Math.ceil(from / step) * step; at <= from + minutes + 1e-6; at += step) {
    const x = left + (at - from) / minutes * (right - left);
    if (height) parts.push(sv('line', {class: 'gridline', x1: x, x2: x, y1: y - height, y2: y}));
    parts.push(sv('text', {class: 'mid', x, y: y + 16}, clock(at)));
  }
  return parts;
}
// A staircase over the columns, closed down to `base` (an array or a number of pixels).
function area(values, below, x, y) {
  let path = '';
  values.forEach((value, i) => { path += `${i ? 'L' : 'M'}${x(i)},${y(value + below[i])}L${x(i + 1)},${y(value + below[i])}`; });
  for (let i = values.length - 1; i >= 0; i--) path += `L${x(i + 1)},${y(below[i])}L${x(i)},${y(below[i])}`;
  return `${path}Z`;
}
function steps(values, x, y) {
  let path = '', open = false;
  values.forEach((value, i) => {
    if (value === null) { open = false; return; }
    path += `${open ? 'L' : 'M'}${x(i).toFixed(2)},${y(value).toFixed(2)}L${x(i + 1).toFixed(2)},${y(value).toFixed(2)}`;
    open = true;
  });
  return path;
}

// columns: [{label, words?}], rows: [{cells: [{text, value?, class?, tag?, data?}], chosen?}]; the first cell heads the row.
function table(caption, columns, rows, sortable) {
  const body = el('tbody');
  const row = ({cells, chosen}) => el('tr', {class: chosen ? 'chosen' : null}, cells.map((cell, i) =>
    el(i ? 'td' : 'th', {scope: i ? null : 'row', class: [columns[i].words ? 'words' : '', cell.class || ''].join(' ').trim() || null,
                         'data-cell': cell.data, 'data-value': cell.data ? cell.value : null},
       cell.text, cell.tag ? el('span', {class: 'tag'}, cell.tag) : null)));
  const show = (order) => body.replaceChildren(...order.map(row));
  const heads = columns.map((column, i) => {
    const head = el('th', {scope: 'col', class: column.words ? 'words' : null});
    head.append(sortable ? el('button', {class: 'sort', type: 'button', onclick: () => {
      const up = head.getAttribute('aria-sort') === 'descending';
      heads.forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const key = ({cells}) => cells[i].value ?? cells[i].text;
      show([...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (up ? 1 : -1)));
    }}, column.label) : column.label);
    return head;
  });
  show(rows);
  return el('div', {class: `scroll${rows.length > 14 ? ' tall' : ''}`, tabindex: rows.length > 14 ? 0 : null, role: 'group', 'aria-label': caption},
            el('table', {}, el('caption', {style: 'position:absolute;left:-9999px'}, caption), el('thead', {}, el('tr', {}, heads)), body));
}
// A figure's numbers, folded away; long ones can be searched by the text of a row.
function asTable(caption, columns, rows, note) {
  const sheet = table(caption, columns, rows, true);
  const fold = el('details', {}, el('summary', {}, `As a table: ${caption}`));
  if (note) fold.append(el('p', {}, note));
  if (rows.length > 14) {
    const search = el('input', {type: 'search', oninput: () => {
      for (const tr of sheet.querySelectorAll('tbody tr')) {
        tr.hidden = !tr.textContent.toLowerCase().includes(search.value.toLowerCase());
      }
    }});
    fold.append(el('div', {class: 'filter'}, el('label', {}, 'Only rows with ', search)));
  }
  fold.append(sheet);
  return fold;
}

function section(id, title, why, ...parts) {
  return el('section', {id, 'aria-labelledby': `${id}-title`}, el('h2', {id: `${id}-title`}, title), el('p', {class: 'why'}, why), parts);
}
const legend = (...entries) => el('div', {class: 'legend'}, entries.filter(Boolean).map(([style, text]) =>
  el('span', {}, el('i', style === 'dash' ? {class: 'stroke'} : {style: `background:var(--${style})`}), text)));

const kMarks = {
  healthy: 'M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0M6.9 11.6 12.2 6 11 4.9 6.9 9.300 5 7.400 3.800 8.500z',
  degrading: 'M8 .6 16 15H0zM7.200 5.600v5h1.600v-5zM7.200 11.700v1.700h1.600v-1.700z',
  broken: 'M4.700 0h6.600L16 4.700v6.600L11.300 16H4.700L0 11.300V4.700zM5.300 4.200 4.200 5.300 6.900 8l-2.700 2.700 1.100 1.100L8 9.100l2.700 2.700 1.100-1.100L9.100 8l2.700-2.700-1.100-1.100L8 6.900z',
};
const verdict = (state) => el('span', {class: `verdict ${state}`},
  sv('svg', {viewBox: '0 0 16 16', 'aria-hidden': 'true'}, sv('path', {d: kMarks[state], fill: 'currentColor', 'fill-rule': 'evenodd'})), state);
