// The workload "serve": pqld, and beside it a server of the same messages without rules (echo) and one
// that does not even read them (floor), each under the same load in turn.
//
//   node serve.js BIN_DIRECTORY OUT.json
//
// The servers run on one core and the load on another, where there are two. Every round runs all of it,
// so that a slow minute of the machine is everybody's. PQL_BENCH_ROUNDS (5) and PQL_BENCH_SERVE_SECONDS
// (1, of each run) make it longer. Servers end with this program.
'use strict';

const { spawn, spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const [bin, out] = process.argv.slice(2);
const rounds = Number(process.env.PQL_BENCH_ROUNDS || 5);
const seconds = Number(process.env.PQL_BENCH_SERVE_SECONDS || 1);
const rules = path.join(__dirname, '../../tools/pql_load/rules');

const servers = {
  ours: { command: ['pqld', `--rules=${rules}`, '--store=memory', '--metrics-address=off'] },
  echo: { command: ['echo_server'] },
  floor: { command: ['floor_server'] },
};
const everyone = Object.keys(servers);
// The floor's answer to a batch is of 100 accounts, whatever was asked.
const works = [
  ...[1, 16, 64].map((callers) => ({
    name: `unary, ${callers} in flight`,
    options: ['--mode', 'unary', '--concurrency', callers],
    servers: everyone,
  })),
  ...[1, 10, 100, 1000].map((size) => ({
    name: `batches of ${size}`,
    options: ['--mode', 'batch', '--batch-size', size, '--concurrency', 4],
    servers: size === 100 ? everyone : ['ours', 'echo'],
  })),
  { name: 'stream, 64 in flight', options: ['--mode', 'stream', '--concurrency', 64], servers: everyone },
];

// The cores that this process may use, of a list such as 0-3,8.
function cores() {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
const allowed = cores();
const pinned = allowed.length >= 2;
const onCore = (index, command) => (pinned ? ['taskset', '-c', String(allowed[index]), ...command] : command);

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

function start(server) {
  const [program, ...options] = server.command;
  const [first, ...rest] = onCore(0, [path.join(bin, program), ...options, '--listen=localhost:0']);
  const child = spawn(first, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  let log = '';
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (text) => {
      log += text;
      const port = /\bport=(\d+)/.exec(log);
      if (!port) return;
      Object.assign(server, { pid: child.pid, address: `localhost:${port[1]}` });
      resolve();
    });
    child.on('error', reject);
    child.on('exit', () => {
      running.delete(child);
      reject(new Error(`${program} ended: ${log}`));
    });
  });
}

// Processor time that a process has used, in seconds.
const ticks = Number(spawnSync('getconf', ['CLK_TCK']).stdout) || 100;
function cpuSeconds(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function load(work, server, time) {
  const [first, ...rest] = onCore(1, [
    path.join(bin, 'pql_load'), 'serve', '--accounts', 'serve', '--server', server.address, '--format', 'json',
    '--warm-up', '0s', '--duration', `${time}s`, ...work.options.map(String),
  ]);
  const before = cpuSeconds(server.pid);
  return new Promise((resolve, reject) => {
    const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let report = '';
    let error = '';
    child.stdout.on('data', (text) => (report += text));
    child.stderr.on('data', (text) => (error += text));
    child.on('error', reject);
    child.on('close', (status) => {
      running.delete(child);
      if (status !== 0) return resolve({ error: error || report || `it ended with ${status}` });
      const run = JSON.parse(report);
      run.serverMicrosPerAccount =
        ((cpuSeconds(server.pid) - before) * 1e6) / (run.answered * run.accountsPerRequest);
      resolve(run);
    });
  });
}

async function main() {
  for (const name of everyone) await start(servers[name]);
  const runs = [];
  const failing = new Set();
  for (let round = 0; round <= rounds; ++round) {
    for (const work of works) {
      for (const name of work.servers) {
        const id = `${work.name}/${name}`;
        if (failing.has(id)) continue;
        // Round 0 warms up.
        const run = await load(work, servers[name], round === 0 ? 0.2 : seconds);
        if (run.error) {
          failing.add(id);
          console.error(`left out: ${id}: ${run.error.trim()}`);
        } else if (round > 0) {
          runs.push({ ...run, work: work.name, server: name });
        }
      }
    }
    if (round > 0) console.error(`serving: round ${round} of ${rounds}`);
  }
  fs.writeFileSync(out, JSON.stringify({ serving: { pinned, rounds, seconds, runs } }, null, 1));
  process.exit(0);
}

main().catch((error) => {
  console.error(`serve.js: ${error.message}`);
  process.exit(2);
});
