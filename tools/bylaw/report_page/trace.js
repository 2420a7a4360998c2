// Recorded requests on a simulated model server: how far apart tenants drift, and how long they wait.
function differenceBars(strategies) {
  const most = Math.max(1, ...strategies.map((s) => s.max_service_difference));
  return chart('Service difference between tenants that both wait', strategies.map((s) => `${s.strategy}: at most ${number(s.max_service_difference)}, on average ${number(s.avg_service_difference)}`).join('; '), 0, (width) => {
    const left = 108, right = width - 84, parts = [], x = (value) => left + value / most * (right - left);
    strategies.forEach((s, k) => {
      const y = 4 + k * 54;
      parts.push(sv('text', {class: 'strong end', x: left - 12, y: y + 20, style: 'font-size:14px'}, s.strategy));
      [['max', s.max_service_difference, 'bar-noisy'], ['average', s.avg_service_difference, 'bar-others']].forEach(([word, value, style], row) => {
        parts.push(sv('rect', {class: style, x: left, y: y + row * 21, width: Math.max(1, x(value) - left), height: 17, rx: 2, ...pointing(`${s.strategy}, ${word}: ${number(value)}`)}));
        parts.push(sv('text', {class: row ? null : 'strong', x: x(value) + 8, y: y + row * 21 + 13}, number(value)));
      });
    });
    return {height: strategies.length * 54, parts};
  });
}

// Who asked for at least twice the mean service and ten times the median.
function noisyOf(tenants) {
  const services = tenants.map((t) => t.service).sort((a, b) => a - b);
  const mean = services.reduce((sum, s) => sum + s, 0) / services.length, median = services[Math.floor(services.length / 2)];
  return new Set(tenants.filter((t) => t.service >= 2 * mean && t.service >= 10 * median).map((t) => t.tenant));
}

// As on a scenario's page: the noisy ones apart, and everybody else.
function traceLanes(strategy, noisy) {
  const each = (list) => list.map((t) => [t.tenant, t.wait.p95]);
  const all = {head: strategy.strategy, of: strategy.strategy, label: `all ${plural(strategy.tenants.length, 'tenant')}`, noisy: false, wait: strategy.wait, each: each(strategy.tenants.filter((t) => !noisy.has(t.tenant)))};
  return [all, ...strategy.tenants.filter((t) => noisy.has(t.tenant)).slice(0, 3).map((t) => ({of: strategy.strategy, label: t.tenant, noisy: true, wait: t.wait, each: []}))];
}

function traceArticle(report) {
  const strategies = report.strategies, tenants = strategies[0].tenants;
  const by = (s) => s.max_service_difference, best = [...strategies].filter((s) => s.strategy !== 'fifo').sort((a, b) => by(a) - by(b))[0] || strategies[0];
  const others = strategies.filter((s) => s !== best);
  const noisy = noisyOf(tenants), lanes = strategies.flatMap((s) => traceLanes(s, noisy));
  const rows = strategies.map((s) => ({chosen: s.strategy === 'policy', cells: [{text: s.strategy}, ...['max_service_difference', 'avg_service_difference'].map((key) => ({text: number(s[key]), value: s[key], data: `${s.strategy}/${key}`})),
    {text: span(s.wait.p50), value: s.wait.p50}, {text: span(s.wait.p95), value: s.wait.p95}, {text: number(s.tokens_per_s), value: s.tokens_per_s}, {text: span(s.makespan_s), value: s.makespan_s}]}));
  const service = strategies.flatMap((s) => s.tenants.map((t) => ({cells: [{text: t.tenant, tag: noisy.has(t.tenant) ? 'noisy' : null}, {text: s.strategy}, {text: number(t.submitted), value: t.submitted}, {text: number(t.service), value: t.service}, {text: span(t.slot_seconds), value: t.slot_seconds}]})));
  return el('article', {id: 'trace', 'data-scenario': 'trace'},
    el('header', {class: 'scenario'}, el('p', {class: 'eyebrow'}, 'Bylaw trace report'), el('h1', {}, report.source.split('/').at(-1)),
       el('p', {class: 'facts'}, `${number(tenants.reduce((sum, t) => sum + t.submitted, 0))} recorded requests of ${plural(tenants.length, 'tenant')} · load ${report.load} of what the server can do · seed ${report.seed}`),
       el('p', {class: 'lead'}, 'Of two tenants that both have requests waiting, one gets at most ', el('b', {}, number(by(best))), ` units of service more than the other under ${best.strategy}`, others.length ? `; ${others.map((s) => `${number(by(s))} under ${s.strategy}`).join(', ')}` : '', '.')),
    el('div', {class: 'card summary', 'data-figure': 'summary'}, table('strategies side by side', [{label: 'strategy'}, {label: 'largest difference, units'}, {label: 'average, units'}, {label: 'wait p50'}, {label: 'wait p95'}, {label: 'tokens a second'}, {label: 'done after'}], rows)),
    section('trace-differences', 'How far apart tenants drift', 'Service is tokens, one unit for each that is read and two for each that is written, divided by the tenant’s weight. The difference is between two tenants that both have requests waiting, over any stretch of time in which they do.',
      el('figure', {class: 'card', 'data-figure': 'differences'}, differenceBars(strategies), legend(['noisy', 'largest, units of service'], ['others', 'average, units of service'])),
      asTable('service of every tenant', [{label: 'tenant'}, {label: 'strategy', words: true}, {label: 'requests'}, {label: 'service, units'}, {label: 'time in the batch'}], service)),
    section('trace-waits', 'How long requests wait', 'From a request’s arrival until it joins the batch. The scale grows by powers of ten.',
      el('figure', {class: 'card', 'data-figure': 'waits'}, waitLanes(lanes, 'Wait percentiles by strategy'), el('p', {class: 'why note'}, 'Ring: half of the requests wait at most this long. Dot: 95 %. Bar: the longest wait. Thin ticks: the p95 of each single tenant.', noisy.size ? ' Noisy: at least twice the mean service, and ten times the median.' : '')),
      waitTable(strategies, noisy, false)));
}
