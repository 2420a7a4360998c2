// Cerbos: the condition in a resource policy, asked over HTTP on one connection that is kept, one request after the other.
import {spawn} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import {createRequire} from 'node:module';
import {measure, questions} from './workload.mjs';

const count = Number(process.argv[2]), port = 39592, folder = `${process.env.BYLAW_PEERS}/cerbos-policies`;
mkdirSync(folder, {recursive: true});
writeFileSync(`${folder}/call.yaml`, `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: call
  rules:
    - actions: [make]
      effect: EFFECT_ALLOW
      roles: [tenant]
      condition:
        match:
          expr: request.resource.attr.amount > 50000 && request.resource.attr.channel == "web" && request.resource.attr.country in ["DE", "FR", "IT", "ES"]
`);
const server = spawn(createRequire(`${process.env.BYLAW_PEERS}/`).resolve(`@cerbos/cerbos-${process.platform}-${process.arch}`),
  ['server', '--log-level=error', `--set=storage.disk.directory=${folder}`, '--set=storage.driver=disk', `--set=server.httpListenAddr=127.0.0.1:${port}`,
   `--set=server.grpcListenAddr=127.0.0.1:${port + 1}`, '--set=telemetry.disabled=true'], {stdio: 'ignore'});
const agent = new http.Agent({keepAlive: true, maxSockets: 1});
function ask(attr) {
  const body = JSON.stringify({requestId: 'r', principal: {id: 'bank', roles: ['tenant']}, resources: [{actions: ['make'], resource: {kind: 'call', id: 'c', attr}}]});
  return new Promise((resolve, reject) => {
    const request = http.request({host: '127.0.0.1', port, path: '/api/check/resources', method: 'POST', agent, headers: {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)}}, (response) => {
      let text = '';
      response.on('data', (part) => { text += part; });
      response.on('end', () => (response.statusCode === 200 ? resolve(JSON.parse(text).results[0].actions.make === 'EFFECT_ALLOW') : reject(new Error(text))));
    });
    request.on('error', reject);
    request.end(body);
  });
}
const asked = questions(count);
let failure = new Error('Cerbos did not start');
try {
  for (let attempt = 0; failure && attempt < 300; attempt++) {
    await ask(asked[0]).then(() => { failure = null; }, (error) => { failure = error; return new Promise((wake) => setTimeout(wake, 100)); });
  }
  if (failure) throw failure;
  await measure(count, 3, async (answers) => {
    for (let i = 0; i < count; i++) answers[i] = (await ask(asked[i])) ? 1 : 0;
  }, true);
} finally {
  server.kill();
}
process.exit(0);
