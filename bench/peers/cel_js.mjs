// cel-js: the condition parsed once, evaluated for each request.
import {measure, questions} from './workload.mjs';

const count = Number(process.argv[2]);
const {parse, evaluate} = await import(`${process.env.BYLAW_PEERS}/node_modules/cel-js/dist/index.js`);
const parsed = parse('request.amount > 50000 && request.channel == "web" && request.country in ["DE", "FR", "IT", "ES"]');
if (!parsed.isSuccess) throw new Error('cel-js does not read the condition');
const asked = questions(count).map((request) => ({request}));
await measure(count, 7, (answers) => {
  for (let i = 0; i < count; i++) answers[i] = evaluate(parsed.cst, asked[i]) ? 1 : 0;
});
