// rate-limiter-flexible, in memory: windows that are anchored at a key's first call. Sequential, as a request handler calls it.
import {createRequire} from 'node:module';
import {limitRequests, measure} from './workload.mjs';

const [count, keys, quota] = process.argv.slice(2).map(Number);
const {RateLimiterMemory} = createRequire(`${process.env.BYLAW_PEERS}/`)('rate-limiter-flexible');
const requests = limitRequests(count, keys, 1);
let passes = 0;
await measure(count, 3, async (answers) => {
  const limiter = new RateLimiterMemory({points: quota, duration: 3600, keyPrefix: `pass${passes++}`});
  for (let i = 0; i < count; i++) {
    try {
      await limiter.consume(requests[i].key);
      answers[i] = 1;
    } catch (refusal) {
      if (refusal instanceof Error) throw refusal;
    }
  }
});
process.exit(0);
