// What happened in the course of the day: slots, queues, fairness, caps and money, window by window.

// Of one strategy: the sums over its noisy groups and over the others, each as long as `count`.
function twoSums(strategy, key, noisy, count) {
  const sums = {noisy: new Array(count).fill(0), others: new Array(count).fill(0)};
  for (const group of strategy.series.groups) {
    const sum = noisy.has(group.who) ? sums.noisy : sums.others;
    const values = group[key];
    for (let i = 0; i < count; i++) sum[i] += i < values.length ? values[i] : key === 'spent_micros' && values.length ? values[values.length - 1] : 0;
  }
  return sums;
}
const windowsIn = (strategies) => Math.max(1, ...strategies.flatMap((s) => s.series.groups.map((g) => g.slots.length)));
const windowName = (day, i) => `${clock(day.from_minutes + i * day.window_s / 60)} to ${clock(day.from_minutes + (i + 1) * day.window_s / 60)}`;

// A stack of the others and the noisy, `limit` across it, and what waits hanging below.
function slotsPanel(day, strategy, noisy, count, tops) {
  const slots = twoSums(strategy, 'slots', noisy, count), waiting = twoSums(strategy, 'waiting', noisy, count);
  const queued = waiting.noisy.map((value, i) => value + waiting.others[i]);
  const most = Math.max(0, ...queued);
  return el('div', {class: 'card panel'},
    el('h3', {}, strategy.strategy, el('small', {}, most >= 0.5 ? `up to ${number(most)} waiting` : 'nothing waits')),
    chart(`Slots in use and runs waiting under ${strategy.strategy}`, `At most ${number(Math.max(...slots.noisy.map((v, i) => v + slots.others[i])))} slots in use of ${number(day.slots)}, at most ${number(most)} runs waiting.`, 0, (width) => {
      const left = 40, right = width - 8, ceiling = 10, floor = 136, deep = 206, zero = new Array(count).fill(0);
      const x = (i) => left + i / count * (right - left);
      const y = (value) => floor - value / tops.slots * (floor - ceiling);
      const down = (value) => floor + 8 + value / tops.waiting * (deep - floor - 8);
      const slotTicks = ticksUpTo(tops.slots, 4), waitTicks = ticksUpTo(tops.waiting, 2);
      const parts = slotTicks.map((tick) => [sv('line', {class: 'gridline', x1: left, x2: right, y1: y(tick), y2: y(tick)}), sv('text', {class: 'end', x: left - 6, y: y(tick) + 4}, number(tick))]);
      parts.push(timeAxis(day.from_minutes, count * day.window_s / 60, left, right, deep + 4, deep + 4 - ceiling));
      parts.push(sv('path', {class: 'area-others', d: area(slots.others, zero, x, y)}));
      parts.push(sv('path', {class: 'area-noisy', d: area(slots.noisy, slots.others, x, y)}));
      parts.push(sv('line', {class: 'line-ink dash', x1: left, x2: right, y1: y(day.slots), y2: y(day.slots)}));
      parts.push(sv('path', {class: 'area-waiting', d: area(queued, zero, x, down)}));
      parts.push(waitTicks.slice(1).filter((tick) => tick <= tops.waiting).map((tick) => sv('text', {class: 'end', x: left - 6, y: down(tick) + 4}, number(tick))));
      return {height: 228, parts, hover: {left, right, count, text: (i) => `${windowName(day, i)}\n${noisy.size ? `noisy: ${fixed(slots.noisy[i], 1)} slots\n` : ''}${noisy.size ? 'others' : 'in use'}: ${fixed(slots.others[i], 1)} slots\nwaiting: ${number(queued[i])}`}};
    }));
}

function slotsSection(day, noisy) {
  const count = windowsIn(day.strategies);
  const tops = {slots: 0, waiting: 1};
  for (const s of day.strategies) {
    const slots = twoSums(s, 'slots', noisy, count), waiting = twoSums(s, 'waiting', noisy, count);
    for (let i = 0; i < count; i++) {
      tops.slots = Math.max(tops.slots, slots.noisy[i] + slots.others[i]);
      tops.waiting = Math.max(tops.waiting, waiting.noisy[i] + waiting.others[i]);
    }
  }
  day.slots = day.strategies[0].pools.filter((p) => day.strategies.some((s) => s.pools.some((q) => q.pool === p.pool && q.busy > 0))).reduce((sum, p) => sum + p.slots, 0) || 1;
  // A few runs on many slots are still to be seen.
  tops.slots = ticksUpTo(tops.slots > day.slots / 20 ? Math.max(tops.slots, day.slots) : tops.slots, 4).at(-1);
  tops.waiting = ticksUpTo(tops.waiting, 2).at(-1);
  const rows = [];
  for (let i = 0; i < count; i++) {
    rows.push({cells: [{text: windowName(day, i), value: i}, ...day.strategies.flatMap((s) => {
      const slots = twoSums(s, 'slots', noisy, count), waiting = twoSums(s, 'waiting', noisy, count);
      return [...(noisy.size ? [{text: fixed(slots.noisy[i], 1), value: slots.noisy[i]}] : []), {text: fixed(slots.others[i], 1), value: slots.others[i]},
              {text: number(waiting.noisy[i] + waiting.others[i]), value: waiting.noisy[i] + waiting.others[i]}];
    })]});
  }
  const columns = [{label: 'time'}, ...day.strategies.flatMap((s) => [...(noisy.size ? [{label: `${s.strategy}: noisy`}] : []), {label: `${s.strategy}: ${noisy.size ? 'others' : 'slots'}`}, {label: `${s.strategy}: waiting`}])];
  return section(`${day.scenario}-slots`, 'Slots over time', 'Above the line, the slots that are working; below it, the runs that wait. All panels have the same scales.',
    el('figure', {'data-figure': 'slots'}, el('div', {class: 'grid'}, day.strategies.map((s) => slotsPanel(day, s, noisy, count, tops))),
       legend(noisy.size ? ['noisy', `noisy: ${[...noisy].join(', ')}`] : null, ['others-soft', noisy.size ? 'everybody else' : 'slots in use'], ['waiting', 'waiting'], ['dash', `${number(day.slots)} slots in all`]),
       asTable('slots in use and runs waiting', columns, rows, `Means over windows of ${span(day.window_s)}.`)),
    poolsTable(day));
}

function poolsTable(day) {
  const rows = day.strategies.flatMap((s) => s.pools.map((p) => ({cells: [{text: p.pool}, {text: s.strategy}, {text: number(p.slots), value: p.slots}, {text: fixed(p.busy, 1), value: p.busy}, {text: percent(p.full), value: p.full}]})));
  return asTable('pools', [{label: 'pool'}, {label: 'strategy', words: true}, {label: 'slots'}, {label: 'busy, mean'}, {label: 'time without an idle slot'}], rows);
}

function fairnessSection(day) {
  const count = windowsIn(day.strategies);
  const shared = day.strategies.map((s) => Array.from({length: count}, (_, i) => s.series.jain[i] ?? null));
  const any = shared.some((jain) => jain.some((value) => value !== null));
  const least = (jain) => jain.reduce((low, value) => (value !== null && (low === null || value < low) ? value : low), null);
  const text = any ? chart("Jain's index among the tenants that have work waiting", day.strategies.map((s, k) => `${s.strategy}: ${least(shared[k]) === null ? 'no two tenants wait' : `lowest ${fixed(least(shared[k]), 3)}`}`).join('; '), 0, (width) => {
    const narrow = width < 620, left = narrow ? 30 : 150, right = width - 12, lane = 78, parts = [];
    const x = (i) => left + i / count * (right - left);
    parts.push(timeAxis(day.from_minutes, count * day.window_s / 60, left, right, 12 + lane * shared.length, lane * shared.length));
    shared.forEach((jain, k) => {
      const top = 24 + lane * k, base = top + lane - 28, y = (value) => base - value * (base - top);
      parts.push([0, 0.5, 1].map((tick) => [sv('line', {class: 'gridline', x1: left, x2: right, y1: y(tick), y2: y(tick)}), tick === 0.5 ? null : sv('text', {class: 'end', x: left - 6, y: y(tick) + 4}, tick)]));
      const name = day.strategies[k].strategy, low = least(jain);
      parts.push(sv('text', {class: 'strong', x: narrow ? left : 0, y: narrow ? top - 7 : top + 14, style: 'font-size:14px'}, name));
      if (!narrow) parts.push(sv('text', {x: 0, y: top + 32}, low === null ? 'no two wait' : `lowest ${fixed(low, 3)}`));
      parts.push(jain.map((value, i) => (value === null ? null : [sv('rect', {class: value < 0.5 ? 'band-noisy' : 'band-others', x: x(i), width: x(i + 1) - x(i) + 0.3, y: top, height: base - top}), sv('rect', {class: value < 0.5 ? 'bar-noisy' : 'bar-others', x: x(i), width: Math.max(1, x(i + 1) - x(i) - 1), y: y(Math.max(value, 0.03)), height: base - y(Math.max(value, 0.03))})])));
    });
    return {height: 36 + lane * shared.length, parts, hover: {left, right, count, text: (i) => `${windowName(day, i)}\n${day.strategies.map((s, k) => `${s.strategy}: ${shared[k][i] === null ? 'no two tenants wait' : fixed(shared[k][i], 3)}`).join('\n')}`}};
  }) : el('p', {class: 'nothing'}, 'At no time did two tenants have work waiting for half of a window: there was nothing to share out, under any strategy.');
  const rows = day.strategies.map((s, k) => ({cells: [{text: s.strategy}, {text: fixed(s.jain, 3), value: s.jain, data: `${s.strategy}/jain`}, {text: fixed(least(shared[k]), 3), value: least(shared[k]) ?? 2}, {text: number(shared[k].filter((v) => v !== null).length), value: shared[k].filter((v) => v !== null).length}]}));
  const series = Array.from({length: count}, (_, i) => ({cells: [{text: windowName(day, i), value: i}, ...shared.map((jain) => ({text: jain[i] === null ? 'no two wait' : fixed(jain[i], 3), value: jain[i] ?? 2}))]}));
  return section(`${day.scenario}-fairness`, 'Fairness: Jain’s index',
    '1 means that everyone who waits gets the same slot time for its weight; 1/n, that one of n gets it all. Where fewer than two tenants have work waiting there is nothing to share, and no bar.',
    el('figure', {class: 'card', 'data-figure': 'jain'}, text, any ? legend(['noisy', 'below 0.5'], ['others', '0.5 and above']) : null,
       table('Jain’s index', [{label: 'strategy'}, {label: 'of the whole day’s slot time'}, {label: 'lowest among those waiting'}, {label: 'windows in which two or more wait'}], rows)),
    el('p', {class: 'why', style: 'margin-top:12px'}, 'The index of the whole day also counts how much each tenant asked for: where everything is done in the end it is the same under every strategy, and low when one tenant sends far more than the rest.'),
    asTable('Jain’s index over time', [{label: 'time'}, ...day.strategies.map((s) => ({label: s.strategy}))], series, `Among tenants that had work waiting for at least half of a window of ${span(day.window_s)}.`));
}

const heat = (share) => (share === null ? 'var(--empty)' : share > 1 ? 'rgb(var(--hot))' : `color-mix(in srgb, rgb(var(--heat)) ${(10 + 90 * share).toFixed(1)}%, var(--empty))`);

function capsSection(day, strategy, noisy) {
  const count = windowsIn([strategy]);
  const groups = strategy.series.groups.filter((g) => g.cap_utilisation.some((v) => v !== null));
  const figure = groups.length ? chart(`Cap utilisation under ${strategy.strategy}`, groups.map((g) => `${g.who}: at most ${percent(Math.max(0, ...g.cap_utilisation))} of its cap`).join('; '), 0, (width) => {
    const narrow = width < 620, left = narrow ? 4 : 190, right = width - 62, step = narrow ? 42 : 27, parts = [];
    groups.forEach((group, k) => {
      const y = 2 + k * step + (narrow ? 18 : 0), loud = noisy.has(group.who);
      parts.push(sv('text', {class: `${narrow ? '' : 'end'}${loud ? ' noisy' : ''}`, x: narrow ? left : left - 12, y: narrow ? y - 5 : y + 15}, group.who.length > 26 ? `${group.who.slice(0, 25)}…` : group.who));
      parts.push(sv('rect', {class: 'empty', x: left, y, width: right - left, height: 21}));
      for (let i = 0; i < count; i++) {
        const value = group.cap_utilisation[i] ?? 0;
        if (value > 0) parts.push(sv('rect', {x: left + i / count * (right - left), width: (right - left) / count + 0.3, y, height: 21, style: `fill:${heat(value)}`}));
      }
      parts.push(sv('text', {class: 'strong', x: right + 10, y: y + 15}, percent(Math.max(0, ...group.cap_utilisation))));
    });
    const bottom = 2 + groups.length * step;
    parts.push(sv('text', {class: 'end', x: width, y: bottom + 32}, '↑ fullest window'), timeAxis(day.from_minutes, count * day.window_s / 60, left, right, bottom, 0));
    return {height: bottom + 36, parts, hover: {left, right, count, text: (i) => `${windowName(day, i)}\n${groups.map((g) => `${g.who}: ${percent(g.cap_utilisation[i] ?? 0)}`).join('\n')}`}};
  }) : el('p', {class: 'nothing'}, 'No tenant of this scenario has a cap.');
  const rows = strategy.tenants.map((t) => ({cells: [{text: t.tenant, tag: noisy.has(t.tenant) ? 'noisy' : null}, {text: t.cap === null ? 'none' : number(t.cap), value: t.cap ?? 1e12},
    {text: t.cap === null ? '–' : percent(t.cap_utilisation), value: t.cap_utilisation, data: `${strategy.strategy}/${t.tenant}/cap_utilisation`}, {text: number(t.running_max), value: t.running_max}, {text: number(t.waiting_max), value: t.waiting_max},
    {text: span(t.active_s), value: t.active_s}, {text: span(t.at_cap_s), value: t.at_cap_s}]}));
  return section(`${day.scenario}-caps`, 'Caps: how much of its own limit each tenant uses', `Runs at once as a share of “at most N workflows at once”, under ${strategy.strategy}${strategy.strategy === 'policy' ? '' : ', which does not enforce it'}. The stronger the colour, the closer to the cap; red is above it${strategy.strategy === 'policy' ? ', a burst that the contract allows' : ''}.`,
    el('figure', {class: 'card', 'data-figure': 'caps'}, figure),
    asTable(`cap utilisation under ${strategy.strategy}`, [{label: 'tenant'}, {label: 'cap'}, {label: 'mean, while it had work'}, {label: 'most at once'}, {label: 'most waiting'}, {label: 'had work for'}, {label: 'at its cap for'}], rows));
}

// Lines of what is left, from one at the left edge down.
function leftLines(title, lines, from, minutes, named, write) {
  const low = Math.min(...lines.flatMap((l) => l.points.map(([, left]) => left)));
  const bottom = low > 0.9 ? Math.floor(low * 100 - 0.5) / 100 : low > 0.5 ? 0.5 : Math.min(0, low);
  return chart(title, lines.map((l) => `${l.who}: ${percent(l.points.at(-1)[1])} left`).join('; '), 0, (width) => {
    const left = 58, right = width - (width < 620 || !named ? 14 : 190), floor = 190, top = 12;
    const x = (minute) => left + (minute - from) / minutes * (right - left), y = (share) => floor - (share - bottom) / (1 - bottom) * (floor - top);
    const parts = [0, 0.25, 0.5, 0.75, 1].map((at) => bottom + at * (1 - bottom)).map((tick) => [sv('line', {class: 'gridline', x1: left, x2: right, y1: y(tick), y2: y(tick)}), sv('text', {class: 'end', x: left - 6, y: y(tick) + 4}, write(Math.round(tick * 1e4) / 1e4))]);
    parts.push(timeAxis(from, minutes, left, right, floor, 0));
    let last = -99;
    for (const line of lines) {
      const d = line.points.map(([minute, share], i) => (i && line.stairs ? `H${x(minute).toFixed(1)}V${y(share).toFixed(1)}` : `${i ? 'L' : 'M'}${x(minute).toFixed(1)},${y(share).toFixed(1)}`)).join('');
      parts.push(sv('path', {class: line.style, d, ...pointing(line.told)}));
      const at = Math.max(y(line.points.at(-1)[1]) + 4, last + 15);
      last = at;
      if (named && width >= 620) parts.push(sv('text', {class: line.style.includes('noisy') ? 'noisy' : null, x: right + 10, y: at}, `${line.who.length > 20 ? `${line.who.slice(0, 19)}…` : line.who} ${percent(line.points.at(-1)[1])}`));
    }
    return {height: 216, parts};
  });
}

function budgetsSection(day, strategy, noisy) {
  const cash = (micros) => money(micros, day.currency), count = windowsIn([strategy]), figures = [];
  const minutes = count * day.window_s / 60;
  if (strategy.budgets.length) {
    const lines = strategy.budgets.map((b) => ({who: b.who, style: noisy.has(b.who) ? 'line-noisy' : 'line-others', told: `${b.who} (${b.scope})\n${cash(b.spent_micros)} of ${cash(b.limit_micros)} spent, ${percent(1 - b.used)} left`,
      points: [[day.from_minutes, 1], ...b.spent.map((spent, i) => [day.from_minutes + (i + 1) * day.window_s / 60, 1 - spent / b.limit_micros])]}));
    lines.sort((a, b) => b.points.at(-1)[1] - a.points.at(-1)[1]);
    lines.push({who: 'even pace', style: 'line-ink dash', told: 'Spending at this pace lasts exactly 30 days', points: [[day.from_minutes, 1], [day.from_minutes + minutes, 1 - minutes / 43200]]});
    lines.sort((a, b) => b.points.at(-1)[1] - a.points.at(-1)[1]);
    figures.push(el('h3', {style: 'margin:0 0 8px'}, 'What is left of the month’s budgets'), leftLines(`What is left of the month's budgets under ${strategy.strategy}`, lines, day.from_minutes, minutes, true, percent));
    figures.push(el('p', {class: 'why note'}, 'A line below the dashed one would use its budget up before 30 days like this are over.'));
  }
  const told = strategy.story.filter((line) => line.left_micros !== null && line.cost_micros > 0 && line.run === 0);
  const payer = told.length ? strategy.tenants.find((t) => t.tenant === told[0].tenant) : null;
  if (payer && payer.budget_workflow_micros) {
    const all = payer.budget_workflow_micros, start = told[0].at_s / 60, end = told.at(-1).at_s / 60, room = Math.max(1, (end - start) * 0.06);
    const points = [[day.from_minutes + start - room, 1], ...told.map((line) => [day.from_minutes + line.at_s / 60, line.left_micros / all]), [day.from_minutes + end + room, told.at(-1).left_micros / all]];
    figures.push(el('h3', {style: `margin:${figures.length ? 22 : 0}px 0 8px`}, `The first run of ${payer.tenant}: what is left of ${cash(all)}`),
      leftLines(`What is left of the budget of one run of ${payer.tenant}`, [{who: payer.tenant, style: 'line-others', stairs: true, points, told: told.map((l) => l.text).join('\n')}], day.from_minutes + start - room, end - start + 2 * room, false, (share) => cash(share * all)));
  }
  const spent = twoSums(strategy, 'spent_micros', noisy, count);
  const total = Math.max(...spent.noisy.map((v, i) => v + spent.others[i]));
  if (total > 0 && !(payer && payer.budget_workflow_micros)) {
    figures.push(el('h3', {style: `margin:${figures.length ? 22 : 0}px 0 8px`}, 'Money spent so far'),
      chart(`Money spent so far under ${strategy.strategy}`, `${cash(total)} in all`, 0, (width) => {
        const left = 64, right = width - 12, floor = 170, ceiling = 10, ticks = ticksUpTo(total / 1e6, 4), zero = new Array(count).fill(0);
        const x = (i) => left + i / count * (right - left), y = (micros) => floor - micros / 1e6 / ticks.at(-1) * (floor - ceiling);
        return {height: 196, parts: [
          ticks.map((tick) => [sv('line', {class: 'gridline', x1: left, x2: right, y1: y(tick * 1e6), y2: y(tick * 1e6)}), sv('text', {class: 'end', x: left - 6, y: y(tick * 1e6) + 4}, day.currency + tick.toLocaleString('en-US'))]),
          timeAxis(day.from_minutes, minutes, left, right, floor, 0), sv('path', {class: 'area-others', d: area(spent.others, zero, x, y)}), sv('path', {class: 'area-noisy', d: area(spent.noisy, spent.others, x, y)})],
          hover: {left, right, count, text: (i) => `${windowName(day, i)}\n${noisy.size ? `noisy: ${cash(spent.noisy[i])}\nothers: ` : ''}${cash(spent.others[i])}`}};
      }), legend(noisy.size ? ['noisy', `noisy: ${[...noisy].join(', ')}`] : null, ['others-soft', noisy.size ? 'everybody else' : 'all tenants']));
  }
  if (!figures.length) figures.push(el('p', {class: 'nothing'}, 'Nothing was spent.'));
  const share = (part, whole) => (whole ? part / whole : null);
  const rows = strategy.tenants.map((t) => ({cells: [{text: t.tenant, tag: noisy.has(t.tenant) ? 'noisy' : null}, {text: cash(t.spent_micros), value: t.spent_micros, data: `${strategy.strategy}/${t.tenant}/spent_micros`},
    {text: t.budget_month_micros === null ? 'none' : cash(t.budget_month_micros), value: t.budget_month_micros ?? 0}, {text: percent(share(t.spent_micros, t.budget_month_micros)), value: share(t.spent_micros, t.budget_month_micros) ?? -1},
    {text: t.budget_workflow_micros === null ? 'none' : cash(t.budget_workflow_micros), value: t.budget_workflow_micros ?? 0}, {text: cash(t.spent_run_max_micros), value: t.spent_run_max_micros}, {text: percent(share(t.spent_run_max_micros, t.budget_workflow_micros)), value: share(t.spent_run_max_micros, t.budget_workflow_micros) ?? -1}, {text: number(t.overruns), value: t.overruns}]}));
  return section(`${day.scenario}-budgets`, 'Budgets', `What was spent, and of what, under ${strategy.strategy}.`,
    el('figure', {class: 'card', 'data-figure': 'budgets'}, figures),
    asTable(`budgets under ${strategy.strategy}`, [{label: 'tenant'}, {label: 'spent'}, {label: 'budget per month'}, {label: 'used'}, {label: 'budget per workflow'}, {label: 'dearest run'}, {label: 'of its budget'}, {label: 'attempts dearer than reserved'}], rows, 'Spent: by completed runs.'));
}
