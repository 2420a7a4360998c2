// How long tenants wait, on a scale that shows seconds and hours at once.
const kWaitTicks = [0, 1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 70 * 86400];
const kPercentiles = [['p50', 'half of the runs wait at most'], ['p95', '95 % wait at most'], ['p99', '99 % wait at most'], ['max', 'the longest wait']];

// lanes: [{head?, label, noisy, wait: {p50, p95, p99, max}, each: [[name, p95]…]}]
function waitLanes(lanes, title) {
  const longest = Math.max(10, ...lanes.map((lane) => lane.wait.max));
  const ticks = kWaitTicks.filter((tick, i) => i === 0 || kWaitTicks[i - 1] < longest);
  const end = Math.log10(1 + ticks[ticks.length - 1]);
  return chart(title, lanes.map((lane) => `${lane.head ? `${lane.head}: ` : ''}${lane.label}: p50 ${span(lane.wait.p50)}, p95 ${span(lane.wait.p95)}, max ${span(lane.wait.max)}`).join('; '), 0, (width) => {
    const narrow = width < 620, left = narrow ? 8 : 236, right = width - 26;
    const clip = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
    const x = (seconds) => left + Math.log10(1 + seconds) / end * (right - left);
    const parts = [];
    let y = 6;
    for (const lane of lanes) {
      if (lane.head) {
        y += 10;
        parts.push(sv('text', {class: 'strong', x: 0, y: y + (narrow ? 10 : 20), style: 'font-size:14px'}, lane.head));
        if (narrow) y += 18;
      }
      if (narrow) y += 16;
      const middle = y + 16, tone = lane.noisy ? 'noisy' : 'others';
      parts.push(narrow ? sv('text', {class: lane.noisy ? 'noisy' : null, x: left, y: y + 4}, clip(lane.label, Math.floor((width - 130) / 7)))
                        : sv('text', {class: `end${lane.noisy ? ' noisy' : ''}`, x: left - 16, y: middle + 4}, clip(lane.label, 26)));
      parts.push(sv('line', {class: 'gridline', x1: left, x2: right, y1: middle, y2: middle}));
      for (const [, p95] of lane.each) parts.push(sv('line', {class: `tick-${tone}`, x1: x(p95), x2: x(p95), y1: middle - 9, y2: middle + 9}));
      const {p50, p95, p99, max} = lane.wait;
      parts.push(sv('line', {class: `range-${tone}`, x1: x(p50), x2: x(max), y1: middle, y2: middle, 'stroke-width': 3, 'stroke-linecap': 'round'}));
      parts.push(sv('line', {class: `range-${tone}`, x1: x(max), x2: x(max), y1: middle - 6, y2: middle + 6, 'stroke-width': 2}));
      parts.push(sv('circle', {class: `dot-hollow range-${tone}`, cx: x(p50), cy: middle, r: 5}));
      parts.push(sv('circle', {class: `dot-${tone}`, cx: x(p95), cy: middle, r: 6}));
      const after = x(max) + 104 < right + 20;
      parts.push(sv('text', {class: `strong${after ? '' : ' end'}`, x: after ? x(max) + 10 : right + 20, y: after ? middle + 4 : middle - 10}, after || lane.wait.max > 0 ? `p95 ${span(p95)}` : ''));
      parts.push(sv('rect', {x: 0, y: middle - 16, width, height: 32, fill: 'transparent',
                             ...pointing(`${lane.head || lane.of || ''} ${lane.label}\np50 ${span(p50)}\np95 ${span(p95)}\np99 ${span(p99)}\nmax ${span(max)}`.trim())}));
      y += 34;
    }
    const axis = [];
    for (const tick of ticks.filter((t) => !narrow || t !== 1)) {
      axis.push(sv('line', {class: 'gridline', x1: x(tick), x2: x(tick), y1: 4, y2: y + 2}));
      axis.push(sv('text', {class: 'mid', x: x(tick), y: y + 18}, span(tick)));
    }
    return {height: y + 26, parts: [axis, parts]};
  });
}

function sumWait(tenants) {  // of few tenants: the worst of each percentile
  return Object.fromEntries(kPercentiles.map(([p]) => [p, Math.max(0, ...tenants.map((t) => t.wait[p]))]));
}

// `promises`: whether runs may be refused and are promised anything, as in a scenario.
function waitTable(strategies, noisy, promises) {
  const columns = [{label: 'tenant'}, {label: 'strategy', words: true}, ...kPercentiles.map(([p]) => ({label: `wait ${p}`})), {label: 'submitted'}, {label: 'completed'}];
  if (promises) columns.push({label: 'refused'}, {label: 'SLA late'}, {label: 'SLA', words: true});
  const rows = strategies.flatMap((s) => s.tenants.map((t) => {
    const at = (metric) => `${s.strategy}/${t.tenant}/${metric}`;
    const count = (key) => ({text: number(t[key]), value: t[key], data: at(key)});
    return {cells: [
      {text: t.tenant, tag: noisy.has(t.tenant) ? 'noisy' : null}, {text: s.strategy},
      ...kPercentiles.map(([p]) => ({text: span(t.wait[p]), value: t.wait[p], data: at(`wait.${p}`)})),
      count('submitted'), count('completed'),
      ...(promises ? [count('refused'), {...count('sla_violations'), class: t.sla_violations ? 'late' : ''},
                      {text: t.sla_broken ? 'missed' : t.promised ? 'met' : 'none', class: t.sla_broken ? 'late' : ''}] : [])]};
  }));
  return asTable('wait percentiles of every tenant', columns, rows);
}
