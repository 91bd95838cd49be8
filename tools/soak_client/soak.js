// The load of tools/soak, and its measurements.
//
//   node soak.js PQLD WORK_DIRECTORY MINUTES CSV LOG
//
// Starts the server over WORK_DIRECTORY/rules, keeps it busy, writes a line of measurements every few
// seconds, stops the server. Exit status: 0 it ran to the end, 2 it did not.

'use strict';

const { spawn } = require('child_process');
const fs = require('fs');
const path = require('path');
const { Load } = require('./load.js');

const [pqld, work, minutes, csvPath, logPath] = process.argv.slice(2);
const SAMPLE_SECONDS = 5;
const TICKS_A_SECOND = 100; // of /proc/PID/stat: USER_HZ, the same on every Linux

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Starts the server; its log goes to the file. Resolves to { process, port }.
async function startServer() {
  const log = fs.openSync(logPath, 'w');
  const child = spawn(pqld, [`--rules=${path.join(work, 'rules')}`,
    `--store=sqlite:${path.join(work, 'rules.db')}`, '--listen=127.0.0.1:0', '--metrics-address=127.0.0.1:0',
    '--log-format=json'],
  { stdio: ['ignore', 'ignore', log] });
  for (let i = 0; i < 600 && child.exitCode === null; ++i) {
    const serving = /"message":"serving".*"port":"(\d+)"/.exec(fs.readFileSync(logPath, 'utf8'));
    if (serving) return { process: child, port: Number(serving[1]) };
    await sleep(100);
  }
  throw new Error(`the server does not start; see ${logPath}`);
}

// What the kernel knows of the process.
function measure(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)[1]);
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    rss_kb: number('VmRSS'),
    threads: number('Threads'),
    descriptors: fs.readdirSync(`/proc/${pid}/fd`).length,
    cpu_seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND,
  };
}

function percentile(sorted, share) {
  return sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

async function main() {
  const server = await startServer();
  const load = new Load({ port: server.port, pid: server.process.pid, work });
  const csv = fs.openSync(csvPath, 'w');
  let ended = false;
  server.process.on('exit', () => { ended = true; });
  await load.start();
  const begin = Date.now();
  let before = { ...measure(server.process.pid), calls: 0 };
  let header = null;
  while (!ended && Date.now() - begin < Number(minutes) * 60e3) {
    await sleep(SAMPLE_SECONDS * 1e3);
    if (ended) break;
    const now = { ...measure(server.process.pid), calls: load.counts.calls };
    const latencies = load.takeLatencies().sort((a, b) => a - b);
    const calls = now.calls - before.calls;
    const sample = {
      seconds: ((Date.now() - begin) / 1e3).toFixed(1),
      rss_kb: now.rss_kb,
      descriptors: now.descriptors,
      threads: now.threads,
      cpu_us_per_call: (1e6 * (now.cpu_seconds - before.cpu_seconds) / Math.max(calls, 1)).toFixed(1),
      p50_ms: percentile(latencies, 0.5).toFixed(3),
      p99_ms: percentile(latencies, 0.99).toFixed(3),
      ...load.counts,
    };
    if (header === null) {
      header = Object.keys(sample).join(',');
      fs.writeSync(csv, header + '\n');
    }
    fs.writeSync(csv, Object.values(sample).join(',') + '\n');
    before = now;
  }
  await load.stop();
  if (ended) throw new Error(`the server ended in the middle of it; see ${logPath}`);
  for (const problem of load.problems) console.log(problem);
  server.process.kill('SIGTERM');
  for (let i = 0; i < 600 && !ended; ++i) await sleep(100);
  if (server.process.exitCode !== 0) throw new Error(`the server did not drain; see ${logPath}`);
}

main().then(() => process.exit(0), (error) => {
  console.error(`tools/soak: ${error.message}`);
  process.exit(2);
});
