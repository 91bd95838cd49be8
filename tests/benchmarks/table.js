// The table of how fast it is, of the files that the benchmarks wrote.
//
//   node table.js ALL.json FILE.json...
//
// A file is what Google Benchmark, serve.js or tools/bench_accounts writes. Prints the table in Markdown and
// writes ALL.json: the machine, the rows of the table, and the median of everything that was measured.
'use strict';

const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');

// In-process benchmarks are named `work/engine`; a row has the median processor time of one engine, ours,
// and the other engines of the same work in times of it. `alone`: they are no alternatives to each other. A
// benchmark that sets the counter `accounts` is measured by the account, one of elapsed time by that. Another
// benchmark is a line here.
const units = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const rows = [
  { work: 'R2/hot', ours: 'plan', unit: 'ns', goal: 5 },
  { work: 'R10/hot', ours: 'plan', unit: 'ns', goal: 22 },
  { work: 'R2/cold', ours: 'plan', unit: 'ns' },
  { work: 'R10/cold', ours: 'plan', unit: 'ns', goal: 30 },
  { work: 'bind', ours: 'by setters', unit: 'ns', alone: true },
  { work: 'compile', ours: 'R2', unit: 'us', goal: 3, alone: true },
  { work: 'compile', ours: 'R10', unit: 'us', goal: 20, alone: true },
  { work: 'load/parse and check', ours: '100000', unit: 's', goal: 15, alone: true },
  { work: 'load/compile', ours: '100000', unit: 's', alone: true },
  { work: 'load/index', ours: '100000', unit: 's', alone: true },
  { work: 'change one of 1000', ours: 'sqlite', unit: 'ms' },
  { work: 'change one of 10000', ours: 'sqlite', unit: 'ms' },
  { work: 'change one of 100000', ours: 'sqlite', unit: 'ms', goal: 100 },
  { work: 'add one to 100000', ours: 'memory', unit: 'ms', goal: 100 },
  { work: 'match 1000/narrow', ours: 'index', unit: 'us' },
  { work: 'match 1000/broad', ours: 'index', unit: 'us' },
  { work: 'match 10000/narrow', ours: 'index', unit: 'us', goal: 4 },
  { work: 'match 10000/broad', ours: 'index', unit: 'us', goal: 12 },
  { work: 'match 100000/narrow', ours: 'index', unit: 'us', goal: 30 },
  { work: 'match 100000/broad', ours: 'index', unit: 'us', goal: 120 },
  { work: 'batch R2', ours: 'columns', unit: 'ns', goal: 0.6 },
  { work: 'batch R10', ours: 'columns', unit: 'ns', goal: 4 },
  { work: 'batch of 100 rules', ours: 'columns', unit: 'ns', goal: 20 },
  { work: 'batch of 100 rules, a fifth missing', ours: 'columns', unit: 'ns' },
];
// What a server is to reach, by the name of the work.
const servingGoals = {
  'unary, 16 in flight': 'p99 <= 1 ms',
  'unary, 64 in flight': 'floor >= 0.95 x, echo >= 1.2 x',
  'batches of 100': 'echo >= 3 x',
};

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
const short = (number) => number.toFixed(number < 10 ? 1 : 0);
const grouped = (number) => Math.round(number).toLocaleString('en-US');
const ratio = (number) => `${number < 1 ? number.toFixed(2) : short(number)} x`;

// Nanoseconds by name, of repetitions.
function addInProcess(file, figures) {
  const elapsed = '/real_time';
  for (const run of file.benchmarks) {
    if (run.run_type !== 'iteration' || run.error_occurred) continue;
    const byClock = run.name.endsWith(elapsed);
    const name = byClock ? run.name.slice(0, -elapsed.length) : run.name;
    const time = byClock ? run.real_time : run.cpu_time;
    (figures[name] ||= []).push((time * units[run.time_unit]) / (run.accounts ?? 1));
  }
}

function inProcessRows(medians) {
  const found = [];
  for (const row of rows) {
    const ours = medians[`${row.work}/${row.ours}`];
    if (ours === undefined) continue;
    const others = {};
    for (const [name, value] of Object.entries(medians)) {
      const engine = name.slice(row.work.length + 1);
      if (row.alone || !name.startsWith(`${row.work}/`) || engine === row.ours || engine.includes('/')) continue;
      others[engine] = value / ours;
    }
    found.push({
      work: row.alone ? `${row.work}, ${row.ours}` : row.work,
      ours: `${short(ours / units[row.unit])} ${row.unit}`,
      goal: row.goal === undefined ? '' : `<= ${row.goal} ${row.unit}`,
      others,
    });
  }
  return found;
}

// By work and server: medians over the rounds.
function servingMedians(runs) {
  const figures = {};
  for (const run of runs) {
    const figure = ((figures[run.work] ||= {})[run.server] ||= {});
    const add = (name, value) => (figure[name] ||= []).push(value);
    add('accountsPerSecond', run.accountsPerSecond);
    add('requestsPerSecond', run.requestsPerSecond);
    for (const share of ['p50', 'p99', 'p99.9']) add(`${share}Micros`, run.latencyMicros[share]);
    add('serverMicrosPerAccount', run.serverMicrosPerAccount);
    add('clientCores', run.clientCores);
  }
  for (const byServer of Object.values(figures)) {
    for (const figure of Object.values(byServer)) {
      for (const name of Object.keys(figure)) figure[name] = median(figure[name]);
    }
  }
  return figures;
}

// Others in times of ours: of the processor time that an account takes of the server's core, as in the rows
// of one process, and of elapsed time. The two are one where the server keeps its core busy all the time.
function servingRows(figures) {
  const found = [];
  for (const [work, { ours, ...rest }] of Object.entries(figures)) {
    if (ours === undefined) continue;
    const others = {};
    const elapsed = {};
    for (const [name, figure] of Object.entries(rest)) {
      others[name] = figure.serverMicrosPerAccount / ours.serverMicrosPerAccount;
      elapsed[name] = ours.accountsPerSecond / figure.accountsPerSecond;
    }
    found.push({
      work,
      ours:
        `${grouped(ours.accountsPerSecond)} accounts/s, p50 ${(ours.p50Micros / 1e3).toFixed(2)} ms, ` +
        `p99 ${(ours.p99Micros / 1e3).toFixed(2)} ms, ${ours.serverMicrosPerAccount.toFixed(1)} us of its core each`,
      goal: servingGoals[work] || '',
      others,
      elapsed,
    });
  }
  return found;
}

function git(...options) {
  try {
    return execFileSync('git', options, { cwd: __dirname, stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  } catch {
    return '';
  }
}

const [all, ...files] = process.argv.slice(2);
const inProcess = {};
let serving = null;
let accounts = null;
for (const name of files) {
  // Google Benchmark writes NaN where a counter of every repetition is 0, which JSON does not know.
  const file = JSON.parse(fs.readFileSync(name, 'utf8').replace(/: -?(NaN|Infinity)(?=[,\n])/g, ': null'));
  if (file.serving) serving = file.serving;
  else if (file.accounts) accounts = file.accounts;
  else addInProcess(file, inProcess);
}
const medians = Object.fromEntries(Object.entries(inProcess).map(([name, runs]) => [name, median(runs)]));
const servingFigures = serving === null ? {} : servingMedians(serving.runs);
const table = [...inProcessRows(medians), ...servingRows(servingFigures)];
const result = {
  date: new Date().toISOString(),
  revision: git('rev-parse', 'HEAD') + (git('status', '--porcelain') ? ' with changes' : ''),
  machine: { cores: os.cpus().length, model: os.cpus()[0]?.model ?? '', kernel: os.release() },
  load: os.loadavg(),
  table,
  nanoseconds: medians,
  serving: serving === null ? null : { ...serving, runs: undefined, medians: servingFigures },
  accounts,
};
fs.writeFileSync(all, `${JSON.stringify(result, null, 1)}\n`);

console.log(`${result.machine.cores} x ${result.machine.model}, ${result.date.slice(0, 10)}, ${result.revision}`);
if (serving && !serving.pinned) console.log('one core only: servers and load took it from each other');
console.log('\n| work | ours | goal | others, in times of ours |\n|---|---|---|---|');
for (const row of table) {
  const others = Object.entries(row.others).map(([name, times]) =>
    row.elapsed ? `${name} ${ratio(times)} (elapsed ${ratio(row.elapsed[name])})` : `${name} ${ratio(times)}`,
  );
  console.log(`| ${row.work} | ${row.ours} | ${row.goal} | ${others.join(', ')} |`);
}
