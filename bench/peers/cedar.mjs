// Cedar in WebAssembly: the condition as a policy that is parsed once, and `tenants` other policies beside it.
import {createRequire} from 'node:module';
import {measure, questions} from './workload.mjs';

const [count, tenants] = process.argv.slice(2).map(Number);
const cedar = createRequire(`${process.env.BYLAW_PEERS}/`)('@cedar-policy/cedar-wasm/nodejs');
const policy = (tenant) => `permit(principal == Tenant::"${tenant}", action == Action::"call", resource)
when { context.amount > 50000 && context.channel == "web" && ["DE", "FR", "IT", "ES"].contains(context.country) };`;
const texts = {};
for (let i = 0; i < tenants; i++) texts[`policy${i}`] = policy(`tenant-${i}`);
const read = cedar.preparsePolicySet('bench', {staticPolicies: texts, templates: {}, templateLinks: []});
if (read.type !== 'success') throw new Error(JSON.stringify(read));
const asked = questions(count).map((context, i) => ({
  principal: {type: 'Tenant', id: `tenant-${i % tenants}`}, action: {type: 'Action', id: 'call'}, resource: {type: 'Endpoint', id: 'gpt4'},
  context, preparsedPolicySetId: 'bench', validateRequest: false, entities: []}));
await measure(count, 3, (answers) => {
  for (let i = 0; i < count; i++) {
    const said = cedar.statefulIsAuthorized(asked[i]);
    if (said.type !== 'success') throw new Error(JSON.stringify(said));
    answers[i] = said.response.decision === 'allow' ? 1 : 0;
  }
});
