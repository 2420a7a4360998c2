// Reads the figures and builds the page.
const kMethod = [
  ['wait', 'From the accepted request to the end of the run, without the time in which a step was being done, a person reviewed or the run was suspended.'],
  ['percentile', 'The smallest value that at least that share of the completed runs do not exceed. p95 of 4 s: 95 of 100 runs waited 4 s or less.'],
  ['noisy', 'At its peak the tenant asked for at least twice its fair part of its pool, and for ten times what the median tenant asked for. It is about demand, not about guilt.'],
  ['late', 'Of the declared volume (“expects”): refused, failed, or finished later than promised. What comes on top of the declared volume is reported apart and is nobody’s promise.'],
  ['strategies', 'fifo: first come, first served. round-robin: tenants in turn. weighted: slot time by weight. policy: weighted, with the caps, lanes and limits that the policy states.'],
  ['the simulation', 'The production engine on a virtual clock. The same policy, scenario and seed give the same page, bit for bit.'],
];

function page(report) {
  const main = document.getElementById('main');
  if (report.kind === 'trace') {
    document.title = `${report.source} · Bylaw trace report`;
    main.append(traceArticle(report));
  } else {
    document.title = `${report.scenarios.map((s) => s.scenario).join(', ')} · Bylaw simulation report`;
    if (report.scenarios.length > 1) {
      main.append(el('nav', {class: 'contents', 'aria-label': 'Scenarios'}, report.scenarios.map((s) => el('a', {href: `#${s.scenario}`}, s.scenario))));
    }
    main.append(...report.scenarios.map((day) => scenarioArticle(day, report)));
    main.append(el('section', {id: 'method'}, el('h2', {}, 'How to read this page'), el('dl', {class: 'method'}, kMethod.flatMap(([term, text]) => [el('dt', {}, term), el('dd', {}, text)]))));
  }
  main.append(el('footer', {}, `Made by bylaw ${report.version}: ${report.command}. The page holds all its data and asks no server for anything.`));
}
page(JSON.parse(document.getElementById('figures').textContent));
for (const box of drawn.keys()) draw(box);
document.documentElement.dataset.ready = 'yes';
