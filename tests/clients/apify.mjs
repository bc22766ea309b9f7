// Apify's client for JavaScript against `ripsaw serve`: apify.mjs MODULES URL TOKEN FOLDER.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, baseUrl, token, folder] = process.argv.slice(2);
const { ApifyClient } = createRequire(join(modules, 'x.js'))('apify-client');
const client = new ApifyClient({ baseUrl, token });
const read = (name) => readFileSync(join(folder, name), 'utf8');

const raw = read('raw/Vd5KqYw0TzJ3nMb8e.txt');
const plain = raw.replace(/\x1b\[[0-9;]*m/g, '');
assert.notEqual(plain, raw);
assert.equal(await client.log('Vd5KqYw0TzJ3nMb8e').get({ raw: true }), raw);
assert.equal(await client.log('Vd5KqYw0TzJ3nMb8e').get(), plain);
assert.equal(await client.run('Vd5KqYw0TzJ3nMb8e').log().get(), plain);
assert.equal(await client.log('HG7ML7M8z78YcAPEB').get(), read('HG7ML7M8z78YcAPEB.log'));

const stream = await client.log('Qm4tXz81LkWbN7vRs').stream();
const chunks = [];
for await (const chunk of stream) chunks.push(chunk);
assert.equal(Buffer.concat(chunks).toString(), read('run-Qm4tXz81LkWbN7vRs.log'));

assert.equal(await client.log('0000000000000Zz0A').get(), undefined);
assert.equal(await client.run('0000000000000Zz0A').get(), undefined);
await assert.rejects(
    new ApifyClient({ baseUrl, token: 'wrong' }).log('Vd5KqYw0TzJ3nMb8e').get(),
    (error) => error.statusCode === 401 && error.type === 'invalid-token',
);

const runs = client.actor('archive/apify').runs();
const all = await runs.list();
assert.equal(all.total, all.items.length);
const ids = [];
while (ids.length < all.total) {
    const page = await runs.list({ limit: 3, offset: ids.length, desc: true });
    assert.equal(page.total, all.total);
    ids.push(...page.items.map((run) => run.id));
}
assert.deepEqual(ids, all.items.map((run) => run.id).reverse());
assert.equal((await runs.list({ status: 'FAILED' })).total, 0);
assert.equal((await client.run('Qm4tXz81LkWbN7vRs').get()).status, 'SUCCEEDED');
assert.equal((await client.build('7hPq2WcYt9KdRm3Zx').get()).id, '7hPq2WcYt9KdRm3Zx');
assert.equal((await client.user('me').get()).username, 'archive');
console.log('apify-client for JavaScript: as it should be');
