// A session by a generated client: `node scenario.js SERVER TOKEN STATION TAG` prints its id.

import { createClient } from './generated/client/index.js';
import { commandsCreate, operationsGet, sessionsGet, sessionsList, sitesGet, tokensCreate } from './generated/sdk.gen.js';

declare const process: { argv: string[] };

const [baseUrl, token, station, tag] = process.argv.slice(2) as [string, string, string, string];
const client = createClient({ baseUrl, auth: token });
const key = () => ({ 'Idempotency-Key': crypto.randomUUID() });

const made = await tokensCreate({ client, body: { id_tag: tag }, headers: key(), throwOnError: true });
const asked = await commandsCreate({
    client,
    body: { type: 'remote_start', station, token: made.data.id, connector: 1 },
    headers: key(),
    throwOnError: true,
});

async function ended() {
    for (;;) {
        const { data } = await operationsGet({
            client,
            path: { id: asked.data.operation },
            headers: { Prefer: 'wait=20' },
            throwOnError: true,
        });
        if (data.status !== 'running') return data;
    }
}

const operation = await ended();
if (operation.status !== 'succeeded') throw new Error(String(operation.error));
const id = operation.result?.['session'];
if (id === undefined) throw new Error('no session');
const session = await sessionsGet({ client, path: { id }, throwOnError: true });
const listed = await sessionsList({ client, query: { station: [station] }, throwOnError: true });
if (listed.data.data.length !== 1 || listed.data.data[0]?.id !== session.data.id) throw new Error('not listed');
const refused = await sitesGet({ client, path: { id: station.replace('sta_', 'sit_') } });
if (refused.error?.code !== 'unknown-site') throw new Error(JSON.stringify(refused.error));
console.log(session.data.id);
