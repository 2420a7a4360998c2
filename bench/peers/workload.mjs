// The work that all peers do, drawn by one generator (xorshift32, as in ours.cc), and what they say of it.
export function* draws(seed) {
  let x = seed >>> 0;
  for (;;) {
    x ^= x << 13; x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5; x >>>= 0;
    yield x;
  }
}

// A request to a limit: whose, and when (microseconds).
export function limitRequests(count, keys, stepMicros) {
  const next = draws(20261127), requests = new Array(count);
  for (let i = 0; i < count; i++) requests[i] = {key: next.next().value % keys, at: (i + 1) * stepMicros};
  return requests;
}

const kChannels = ['web', 'branch', 'partner', 'app'];
const kCountries = ['DE', 'FR', 'IT', 'ES', 'US', 'GB', 'JP', 'BR'];
// amount > 50000 && channel == "web" && country in ["DE", "FR", "IT", "ES"]
export function questions(count) {
  const next = draws(20261127), list = new Array(count);
  const draw = (below) => next.next().value % below;
  for (let i = 0; i < count; i++) list[i] = {amount: draw(100001), channel: kChannels[draw(4)], country: kCountries[draw(8)]};
  return list;
}

// FNV-1a over the answers, so that two peers can be compared by one word; and how many were yes.
function summary(answers) {
  let hash = 0x811c9dc5, yes = 0;
  for (const answer of answers) {
    yes += answer ? 1 : 0;
    hash = Math.imul(hash ^ (answer ? 1 : 0), 0x01000193) >>> 0;
  }
  return {answers: hash.toString(16).padStart(8, '0'), yes};
}
const cpuNs = () => { const {user, system} = process.cpuUsage(); return (user + system) * 1000; };
const wallNs = () => Number(process.hrtime.bigint());
// `pass(answers)` answers every request; the answers of the last pass, and the time of the best one: of this process's CPU, which other work on the
// machine does not lengthen, or, where another process answers, by the clock on the wall.
export async function measure(count, passes, pass, elsewhere = false) {
  const now = elsewhere ? wallNs : cpuNs;
  const answers = new Uint8Array(count);
  let best = Infinity;
  for (let i = 0; i < passes; i++) {
    answers.fill(0);
    const before = now();
    await pass(answers);
    best = Math.min(best, (now() - before) / count);
  }
  console.log(JSON.stringify({...summary(answers), ns: best}));
}
