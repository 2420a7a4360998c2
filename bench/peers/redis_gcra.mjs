// GCRA as a Lua script in Redis, in whole microseconds of the workload's own time; `batch` requests are sent before the first is awaited.
import {createRequire} from 'node:module';
import {limitRequests, measure} from './workload.mjs';

const [count, keys, stepMicros, intervalMicros, burst, batch] = process.argv.slice(2).map(Number);
const {createClient} = createRequire(`${process.env.BYLAW_PEERS}/`)('redis');
const client = createClient({socket: {path: process.env.BYLAW_PEERS_REDIS}});
await client.connect();
const script = `
local debt_end = tonumber(redis.call('GET', KEYS[1]) or '0')
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if debt_end - (burst - 1) * interval > now then return 0 end
redis.call('SET', KEYS[1], string.format('%.0f', math.max(debt_end, now) + interval))
return 1`;
const sha = await client.scriptLoad(script);
const requests = limitRequests(count, keys, stepMicros);
const ask = ({key, at}) => client.evalSha(sha, {keys: [`limit:${key}`], arguments: [String(at), String(intervalMicros), String(burst)]});
await measure(count, 3, async (answers) => {
  await client.flushAll();
  for (let i = 0; i < count; i += batch) {
    const said = await Promise.all(requests.slice(i, i + batch).map(ask));
    said.forEach((answer, j) => { answers[i + j] = answer; });
  }
}, true);
process.exit(0);
