// The verdict of tools/soak: flat is flat, and each way of growing is seen.

'use strict';

const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const verdict = path.join(__dirname, '..', '..', 'tools', 'soak_client', 'verdict.js');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'soak_verdict_'));

// 200 samples; `change` gets each, with its place in the run from 0 to 1.
function run(change, count = 200) {
  const lines = [];
  for (let i = 0; i < count; ++i) {
    const sample = {
      seconds: 5 * i,
      // Noise, and a start that is not yet what it will be.
      rss_kb: 100e3 + 500 * (i % 7) - (i < 40 ? 20e3 : 0),
      descriptors: 50 + i % 5,
      threads: 12,
      cpu_us_per_call: 200 + i % 30,
      p50_ms: 1 + 0.1 * (i % 3),
      p99_ms: 5 + i % 4,
      calls: 1000 * i,
      failed: 0,
      wrong: 0,
    };
    change(sample, i / count);
    if (i === 0) lines.push(Object.keys(sample).join(','));
    lines.push(Object.values(sample).join(','));
  }
  const file = path.join(work, 'soak.csv');
  fs.writeFileSync(file, lines.join('\n') + '\n');
  const result = spawnSync('node', [verdict, file], { encoding: 'utf8' });
  return { status: result.status, out: result.stdout + result.stderr };
}

try {
  const flat = run(() => {});
  assert.strictEqual(flat.status, 0, flat.out);
  assert.ok(!flat.out.includes('NOT FLAT'), flat.out);

  const cases = {
    'memory (RSS, kB)': (sample, at) => { sample.rss_kb += 40e3 * at; },
    descriptors: (sample, at) => { sample.descriptors += Math.round(40 * at); },
    threads: (sample, at) => { sample.threads += Math.round(20 * at); },
    'processor time a call (us)': (sample, at) => { sample.cpu_us_per_call *= 1 + 3 * at; },
    'latency, median (ms)': (sample, at) => { sample.p50_ms *= at > 0.7 ? 10 : 1; },
    'latency, 99th percentile (ms)': (sample, at) => { sample.p99_ms *= at > 0.7 ? 10 : 1; },
  };
  for (const [name, change] of Object.entries(cases)) {
    const grown = run(change);
    assert.strictEqual(grown.status, 1, name + grown.out);
    const seen = grown.out.split('\n').filter((line) => line.startsWith('NOT FLAT'));
    assert.strictEqual(seen.length, 1, grown.out);
    assert.ok(seen[0].includes(name), seen[0]);
  }
  for (const column of ['failed', 'wrong']) {
    const bad = run((sample, at) => { if (at > 0.5) sample[column] = 1; });
    assert.strictEqual(bad.status, 1, bad.out);
    assert.ok(bad.out.includes('WRONG'), bad.out);
  }
  // Some spikes are no trend, a column that is not there is no proof, and little is nothing.
  assert.strictEqual(run((sample, at) => { if (at * 200 % 40 === 0) sample.p99_ms *= 100; }).status, 0);
  assert.strictEqual(run((sample) => { delete sample.descriptors; }).status, 1);
  assert.strictEqual(run(() => {}, 5).status, 2);
} finally {
  fs.rmSync(work, { recursive: true });
}
