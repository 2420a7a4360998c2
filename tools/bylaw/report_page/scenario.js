// One scenario: the verdict first, then what it rests on.
const kSignals = {
  'sla': ['SLA', 'runs done as promised', 'healthy from 95 %, broken below 80 %', percent],
  'slow-tenants': ['Slow tenants', 'missed their SLA, or wait longer than they work', 'healthy at 0; several for one shared reason is broken', number],
  'cap-utilisation': ['Caps', 'of the tenants with a cap use less than 80 % of it', 'healthy above 50 %', percent],
  'overruns': ['Overruns', 'of the charged attempts cost more than was reserved', 'healthy below 1 %', percent],
  'reviewers': ['Reviewers', 'longest queue a person, as a multiple of the mean', 'healthy up to 2', (v) => (v === null ? 'nobody was asked' : fixed(v, 1))],
  'cross-tenant-reads': ['Cross-tenant reads', 'of one tenant’s data by another’s run', 'not counted here: the stores give a run only a handle of its own tenant, and code that reads through another’s does not compile', (v) => (v === 0 ? 'none by construction' : number(v))],
  'invariants': ['Invariants', 'of the engine, recomputed at every thousandth event and at the end', 'any broken one is a bug of ours', (v) => (v === 1 ? 'hold' : 'broken')],
};
const kReasons = {'own-cap': 'its own cap', 'rate-limits': 'limits on calls', 'pool': 'a pool without idle slots', 'review': 'reviews', 'suspended': 'suspension', 'refused': 'refusal', 'none': 'nothing in particular'};

function bottleneckOf(strategy) {
  const {shared_bottleneck: shared, shared_by: by, slow} = strategy.health;
  if (shared) {
    const full = strategy.pools.filter((p) => p.busy > 0).sort((a, b) => b.full - a.full)[0];
    return `${plural(by, 'tenant')} slow at once for one shared reason: ${shared === 'pool' && full ? `pool ${full.pool} has no idle slot for them` : kReasons[shared]}.`;
  }
  if (!slow) return 'No tenant is slow.';
  const slows = strategy.tenants.filter((t) => t.slow);
  return slows.length === 1 ? `Only ${slows[0].tenant} is slow, because of ${kReasons[slows[0].bottleneck]}; nobody else is.` : `${plural(slow, 'tenant')} slow, each for a reason of its own.`;
}

function healthSection(day, strategy, noisy) {
  const {verdict: state, signals} = strategy.health;
  const slows = strategy.tenants.filter((t) => t.slow);
  const reasons = Object.keys(slows[0]?.lost_s || {});
  return section(`${day.scenario}-health`, 'Verdict', `Seven signals, each with its bound, under ${strategy.strategy}. The worst one decides.`,
    el('div', {class: `banner ${state}`, 'data-figure': 'health', 'data-verdict': state}, verdict(state), el('p', {}, bottleneckOf(strategy))),
    el('ul', {class: 'signals'}, signals.map((s) => {
      const [name, what, bound, write] = kSignals[s.signal];
      return el('li', {}, s.value === null ? el('span', {class: 'verdict none'}, 'no data') : verdict(s.state), el('span', {class: 'what'}, el('b', {}, name), `: ${what}`, el('small', {}, bound)),
                el('span', {class: 'number', 'data-cell': `${strategy.strategy}/health/${s.signal}`, 'data-value': s.value}, write(s.value)));
    })),
    slows.length ? asTable(slows.length === 1 ? 'the slow tenant, and where its runs lost time' : `the ${number(slows.length)} slow tenants, and where their runs lost time`,
      [{label: 'tenant'}, {label: 'most of it by', words: true}, ...reasons.map((r) => ({label: kReasons[r]})), {label: 'wait p95'}, {label: 'promised', words: true}],
      slows.map((t) => ({cells: [{text: t.tenant, tag: noisy.has(t.tenant) ? 'noisy' : null}, {text: kReasons[t.bottleneck]}, ...reasons.map((r) => ({text: span(t.lost_s[r]), value: t.lost_s[r]})),
        {text: span(t.wait.p95), value: t.wait.p95}, {text: t.promised ? `${percent(t.promised.share)} within ${span(t.promised.within_s)}` : 'nothing'}]})), 'Summed over all its runs.') : null,
    strategy.reviewers.some((r) => r.asked) ? asTable('reviewers', [{label: 'reviewers'}, {label: 'people'}, {label: 'asked'}, {label: 'most waiting'}],
      strategy.reviewers.map((r) => ({cells: [{text: r.reviewers}, {text: r.staff || 'unstated', value: r.staff}, {text: number(r.asked), value: r.asked}, {text: number(r.waiting_max), value: r.waiting_max}]}))) : null);
}

function waitsSection(day, noisy) {
  const few = day.strategies[0].tenants.length <= 6;
  const lanes = day.strategies.flatMap((s) => {
    const loud = s.tenants.filter((t) => noisy.has(t.tenant));
    const own = few ? s.tenants : loud.slice(0, 3);
    const list = own.map((t) => ({label: t.tenant, noisy: noisy.has(t.tenant), wait: t.wait, each: []}));
    if (!few) list.push({label: noisy.size ? `the other ${number(s.quiet.tenants)}` : `all ${number(s.quiet.tenants)}`, noisy: false, wait: s.quiet.wait, each: s.tenants.filter((t) => !noisy.has(t.tenant)).map((t) => [t.tenant, t.wait.p95])});
    return list.map((lane, i) => ({...lane, of: s.strategy, head: i ? null : s.strategy}));
  });
  return section(`${day.scenario}-waits`, 'How long tenants wait', 'From the accepted request to the end of the run, the time in which nothing was done for it: in the queue, or waiting for a limit. The scale grows by powers of ten.',
    el('figure', {class: 'card', 'data-figure': 'waits'}, waitLanes(lanes, 'Wait percentiles by strategy'),
       el('p', {class: 'why note'}, 'Ring: half of the runs wait at most this long. Dot: 95 %. Bar: the longest wait. ', few ? '' : 'Thin ticks: the p95 of each single tenant.')),
    waitTable(day.strategies, noisy, true));
}

function correlationSection(day, strategy, noisy) {
  const names = strategy.series.groups.map((g) => g.who), {rho, lag_s: lag, beyond_chance: beyond} = strategy.correlation;
  const colour = (value) => (value === null ? 'var(--empty)' : value > 0 ? `rgba(var(--hot), ${0.06 + 0.6 * value})` : `rgba(var(--heat), ${0.06 + 0.6 * -value})`);
  const told = (i, j) => (rho[i][j] === null ? `${names[j]} never waits, or too rarely sends:\nno correlation with ${names[i]}’s usage` : `${names[i]}’s usage and ${names[j]}’s waits:\n${fixed(rho[i][j], 2)}, felt after ${span(lag[i][j])}${beyond[i][j] ? '' : '\nno more than chance'}`);
  const some = rho.some((row) => row.some((value) => value !== null));
  const figure = some ? chart(`Whose usage moves with whose waits under ${strategy.strategy}`, 'The same numbers are in the table below.', 560, (width) => {
    const left = 190, head = 96, cell = Math.min(72, (width - left - 60) / names.length), high = 34, parts = [];
    parts.push(sv('text', {class: 'strong end', x: left - 12, y: head - 26}, 'waits of →'), sv('text', {class: 'strong end', x: left - 12, y: head - 8}, 'usage of ↓'));
    names.forEach((name, k) => {
      const tone = noisy.has(name) ? 'noisy' : null, short = name.length > 24 ? `${name.slice(0, 23)}…` : name;
      parts.push(sv('text', {class: `end ${tone || ''}`, x: left - 12, y: head + k * high + high / 2 + 4}, short));
      parts.push(sv('text', {class: tone, x: 0, y: 0, transform: `translate(${left + k * cell + cell / 2 + 3} ${head - 8}) rotate(-38)`}, name.length > 19 ? `${name.slice(0, 18)}…` : name));
      rho[k].forEach((value, j) => {
        parts.push(sv('rect', {x: left + j * cell + 1, y: head + k * high + 1, width: cell - 2, height: high - 2, rx: 3, style: `fill:${colour(value)}`, ...pointing(told(k, j))}));
        parts.push(sv('text', {class: `mid ${beyond[k][j] ? 'strong' : 'plain'}`, 'pointer-events': 'none', x: left + j * cell + cell / 2, y: head + k * high + high / 2 + 4}, value === null ? '·' : fixed(value, 2).replace('-', '−')));
      });
    });
    return {height: head + names.length * high + 6, parts};
  }) : el('p', {class: 'nothing'}, `Under ${strategy.strategy} there is nothing to correlate: nobody’s waits vary often enough.`);
  const rows = names.map((name, i) => ({cells: [{text: name, tag: noisy.has(name) ? 'noisy' : null}, ...names.map((_, j) => ({text: rho[i][j] === null ? '–' : `${fixed(rho[i][j], 2)}${beyond[i][j] ? '' : ' (chance)'}`, value: rho[i][j] ?? -2, data: `${strategy.strategy}/correlation/${i}/${j}`}))]}));
  return section(`${day.scenario}-correlation`, 'Who disturbs whom', `Does a tenant’s use of slots move with another’s waits, at once or up to ${span(6 * day.window_s)} later? Spearman’s rank correlation, under ${strategy.strategy}: 1 is in step, 0 unrelated. An empty cell is the best answer: that tenant’s waits never changed. Bold: more than chance.`,
    el('figure', {class: 'card', 'data-figure': 'correlation'}, figure), asTable(`correlation under ${strategy.strategy}`, [{label: 'usage of'}, ...names.map((n) => ({label: `waits of ${n}`}))], rows));
}

function eventsSection(day, strategy) {
  const story = strategy.story.length > 0;
  const events = (story ? strategy.story : strategy.timeline).map((e) => ({at: e.at_s, text: e.text}));
  const shown = events.slice(0, 40);
  return section(`${day.scenario}-events`, story ? 'Step by step' : 'What happened when', `Under ${strategy.strategy}.`,
    events.length ? el('ol', {class: 'events'}, shown.map((e) => el('li', {}, el('time', {}, `${clock(day.from_minutes + e.at / 60)}${story ? `:${String(Math.floor(e.at % 60)).padStart(2, '0')}` : ''}`), el('span', {}, e.text)))) : el('p', {class: 'nothing'}, 'Nothing out of the ordinary.'),
    events.length > shown.length ? asTable(`all ${number(events.length)} events`, [{label: 'time'}, {label: 'event', words: true}], events.map((e) => ({cells: [{text: clock(day.from_minutes + e.at / 60), value: e.at}, {text: e.text}]}))) : null);
}

function summaryTable(day, noisy) {
  const loud = [...noisy].slice(0, 2);
  const columns = [{label: 'strategy'}, {label: 'verdict', words: true}, ...loud.map((name) => ({label: `${name}: wait p95`})), {label: `${noisy.size ? 'the others' : 'all'}: wait p95`}, {label: 'longest'}, {label: 'miss their SLA'}, {label: 'Jain’s index'}, {label: 'done at'}];
  const rows = day.strategies.map((s) => ({chosen: s.strategy === 'policy', cells: [{text: s.strategy}, {text: verdict(s.health.verdict), value: s.health.verdict},
    ...loud.map((name) => { const t = s.tenants.find((x) => x.tenant === name); return {text: span(t.wait.p95), value: t.wait.p95}; }),
    {text: span(s.quiet.wait.p95), value: s.quiet.wait.p95, data: `${s.strategy}/quiet/wait.p95`}, {text: span(s.quiet.wait.max), value: s.quiet.wait.max, data: `${s.strategy}/quiet/wait.max`},
    {text: number(s.tenants.filter((t) => t.sla_broken).length), value: 0, class: s.tenants.some((t) => t.sla_broken) ? 'late' : ''}, {text: fixed(s.jain, 3), value: s.jain}, {text: moment(day.from_minutes + s.makespan_s / 60), value: s.makespan_s, data: `${s.strategy}/makespan_s`}]}));
  return el('div', {class: 'card summary', 'data-figure': 'summary'}, table('strategies side by side', columns, rows));
}

function leadOf(day, noisy) {
  const last = day.strategies.at(-1), fifo = day.strategies.find((s) => s.strategy === 'fifo' && s !== last);
  const loud = [...noisy][0], t = loud && last.tenants.find((x) => x.tenant === loud);
  const under = last.strategy === 'policy' ? 'Under the policy' : `Under ${last.strategy}`;
  if (!t) {
    const broken = last.tenants.filter((x) => x.sla_broken).length;
    return el('p', {class: 'lead'}, `${under}, 95 % of all runs wait at most `, el('b', {}, span(last.quiet.wait.p95)), broken ? `, and ${plural(broken, 'tenant')} miss${broken === 1 ? 'es' : ''} the SLA.` : last.tenants.some((x) => x.promised) ? ', and every SLA is met.' : '.');
  }
  const rest = last.quiet.tenants === 1 ? 'the other tenant waits' : `the other ${number(last.quiet.tenants)} tenants wait`;
  return el('p', {class: 'lead'}, el('span', {class: 'noisy-text'}, loud), ` has up to ${number(t.demand_max)} runs at once to be done. ${under}, ${rest} `, el('b', {}, last.quiet.wait.p95 === 0 ? 'not at all' : span(last.quiet.wait.p95)), ' (p95)',
    fifo && fifo.quiet.wait.p95 === last.quiet.wait.p95 && fifo.quiet.sla_broken === last.quiet.sla_broken ? ', as they would first come, first served' :
    fifo ? [`; first come, first served, ${last.quiet.tenants === 1 ? 'it' : 'they'} would wait `, el('b', {}, fifo.quiet.wait.p95 === 0 ? 'not at all' : span(fifo.quiet.wait.p95)), fifo.quiet.sla_broken > last.quiet.sla_broken ? ` and ${number(fifo.quiet.sla_broken)} of them would miss their SLA` : ''] : '', '.');
}

function scenarioArticle(day, report) {
  day.window_s = day.strategies[0].series.window_s;
  const noisy = new Set(day.strategies.flatMap((s) => s.tenants.filter((t) => t.noisy).map((t) => t.tenant)));
  const runs = day.strategies[0].tenants.reduce((sum, t) => sum + t.submitted, 0);
  const detail = el('div', {'aria-live': 'off'});
  const show = (strategy) => detail.replaceChildren(...[healthSection(day, strategy, noisy), capsSection(day, strategy, noisy), budgetsSection(day, strategy, noisy), correlationSection(day, strategy, noisy), eventsSection(day, strategy)]);
  const chosen = day.strategies.at(-1);
  show(chosen);
  const choice = day.strategies.length < 2 ? null : el('fieldset', {class: 'strategies'}, el('legend', {}, 'In detail, under'), day.strategies.map((s) =>
    el('label', {}, el('input', {type: 'radio', name: `strategy-${day.scenario}`, value: s.strategy, checked: s === chosen, onchange: () => show(s)}), el('span', {}, s.strategy))));
  return el('article', {id: day.scenario, 'data-scenario': day.scenario},
    el('header', {class: 'scenario'}, el('p', {class: 'eyebrow'}, 'Bylaw simulation report'), el('h1', {}, day.scenario),
       el('p', {class: 'facts'}, `${clock(day.from_minutes)} to ${clock(day.from_minutes + day.duration_s / 60)} · ${plural(runs, 'run')} of ${plural(day.strategies[0].tenants.length, 'tenant')} · ${report.source} · seed ${report.seed}`), leadOf(day, noisy)),
    summaryTable(day, noisy), waitsSection(day, noisy), slotsSection(day, noisy), fairnessSection(day), choice, detail);
}
