// Whether a server stayed flat: reads the CSV of tools/soak and compares the medians of its second and
// its last quarter. The first quarter is warming up: caches fill, the allocator takes its share.
//
//   node verdict.js FILE
//
// Exit status: 0 flat, 1 not, 2 there is too little to say.

'use strict';

const fs = require('fs');

// What each column may come to in the last quarter, given its median in the second. Memory and
// descriptors are the server's own; processor time a call is used for its speed, because a busy machine
// stretches latency, which therefore has more room.
const RULES = [
  { column: 'rss_kb', name: 'memory (RSS, kB)', most: (before) => before * 1.05 + 4096 },
  { column: 'descriptors', name: 'descriptors', most: (before) => before + 10 },
  { column: 'threads', name: 'threads', most: (before) => before + 4 },
  { column: 'cpu_us_per_call', name: 'processor time a call (us)', most: (before) => before * 1.5 },
  { column: 'p50_ms', name: 'latency, median (ms)', most: (before) => before * 3 + 1 },
  { column: 'p99_ms', name: 'latency, 99th percentile (ms)', most: (before) => before * 3 + 10 },
];
const FEWEST_SAMPLES = 8;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function parse(text) {
  const [head, ...lines] = text.trim().split('\n');
  const columns = head.split(',');
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, i) => [columns[i], Number(cell)])));
}

// { flat, lines }: the verdict and what to print. Throws when there is too little.
function judge(samples) {
  if (samples.length < FEWEST_SAMPLES) {
    throw new Error(`${samples.length} samples; at least ${FEWEST_SAMPLES} make a verdict`);
  }
  const quarter = (i) =>
    samples.slice(Math.floor(samples.length * i / 4), Math.floor(samples.length * (i + 1) / 4));
  let flat = true;
  const lines = [];
  for (const { column, name, most } of RULES) {
    const medians = [0, 1, 2, 3].map((i) => median(quarter(i).map((sample) => sample[column])));
    const bound = most(medians[1]);
    // A comparison with what is no number is false: a column that is missing is not flat.
    const good = medians[3] <= bound;
    flat = flat && good;
    const shown = medians.map((value) => value.toFixed(value < 100 ? 2 : 0)).join(' ');
    lines.push(`${good ? 'flat    ' : 'NOT FLAT'}  ${name}: ${shown}, at most ${bound.toFixed(2)}`);
  }
  const last = samples[samples.length - 1];
  const right = last.wrong === 0 && last.failed === 0;
  lines.push(`${right ? 'right   ' : 'WRONG   '}  ${last.calls} calls, ${last.failed} failed that ` +
    `should not, ${last.wrong} answered wrongly`);
  return { flat: flat && right, lines };
}

function main() {
  let verdict;
  try {
    verdict = judge(parse(fs.readFileSync(process.argv[2], 'utf8')));
  } catch (error) {
    console.error(`tools/soak: ${error.message}`);
    return 2;
  }
  console.log('medians of the four quarters, the last compared with the second:');
  for (const line of verdict.lines) console.log(line);
  return verdict.flat ? 0 : 1;
}

process.exitCode = main();
