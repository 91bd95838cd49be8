// A mixed load: many small jobs, each repeated for as long as the load runs.
//
// Jobs check their answers: `failed` counts calls that should have been answered and were not, `wrong`
// answers that are not right. Calls that are made to fail (short deadlines, broken sources, cut
// connections) count as neither.

'use strict';

const fs = require('fs');
const net = require('net');
const path = require('path');
const { createRequire } = require('module');

const root = path.join(__dirname, '..', '..');
const requireCached = createRequire(path.join(root, '.cache', 'node', 'index.js'));
const grpc = requireCached('@grpc/grpc-js');
const protoLoader = requireCached('@grpc/proto-loader');

const definition = protoLoader.loadSync(
  ['pql/v1/evaluation_service.proto', 'pql/v1/rule_service.proto'],
  { includeDirs: [path.join(root, 'proto')], longs: Number, enums: String, defaults: true });
const { pql } = grpc.loadPackageDefinition(definition);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const PROBLEMS_KEPT = 20;
const PUSHED = 'ruleSets/soak';
const FROM_FILES = 'ruleSets/edited';

const rulesWithLimit = (limit, filler = '') =>
  `metric messages: number\nrule team { when messages >= ${limit} }\n${filler}`;

const account = (messages, id = '') => ({ id, metrics: { messages: { numberValue: messages } } });

class Load {
  // `server`: { port, pid, work }.
  constructor(server) {
    this.server = server;
    this.counts = { calls: 0, failed: 0, wrong: 0, changes: 0 };
    this.problems = []; // what failed or was wrong, in words; the first ones
    this.latencies = [];
    this.running = false;
    this.jobs = [];
    this.limit = 0; // of the rules that were pushed last
    this.revision = 0;
    this.edits = 0;
  }

  takeLatencies() {
    return this.latencies.splice(0);
  }

  // Stubs over a connection of their own.
  clients(port = this.server.port) {
    const address = `127.0.0.1:${port}`;
    const credentials = grpc.credentials.createInsecure();
    const channel = { 'grpc.use_local_subchannel_pool': 1 };
    return {
      evaluations: new pql.v1.EvaluationService(address, credentials, channel),
      rules: new pql.v1.RuleService(address, credentials, channel),
      close() {
        this.evaluations.close();
        this.rules.close();
      },
    };
  }

  // The same over a connection that `cut` ends as the death of a client does: without a word.
  async brittleClients() {
    const sockets = [];
    const relay = net.createServer((near) => {
      const far = net.connect(this.server.port, '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.push(socket);
        socket.on('error', () => {});
      }
      near.pipe(far);
      far.pipe(near);
    });
    await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const clients = this.clients(relay.address().port);
    return {
      ...clients,
      cut() {
        relay.close();
        for (const socket of sockets) socket.resetAndDestroy();
        clients.close();
      },
    };
  }

  note(kind, text) {
    ++this.counts[kind];
    if (this.problems.length < PROBLEMS_KEPT) this.problems.push(`${kind}: ${text}`);
  }

  // One unary call: its answer, or null after a failure that was not `allowed` (a list of codes).
  call(service, method, request, { deadline = 20e3, allowed = [] } = {}) {
    return new Promise((resolve) => {
      const begin = process.hrtime.bigint();
      service[method](request, { deadline: Date.now() + deadline }, (error, response) => {
        ++this.counts.calls;
        if (error && !allowed.includes(error.code)) this.note('failed', `${method}: ${error.message}`);
        if (!error && method === 'evaluate') {
          this.latencies.push(Number(process.hrtime.bigint() - begin) / 1e6);
        }
        resolve(error ? null : response);
      });
    });
  }

  // Repeats `job` with a pause between its turns.
  repeat(pauseMs, job) {
    this.jobs.push((async () => {
      while (this.running) {
        await job();
        await sleep(pauseMs);
      }
    })());
  }

  async start() {
    this.running = true;
    this.main = this.clients();
    this.editFile(rulesWithLimit(10));
    await this.push();
    await sleep(2e3); // the edited rule set is there, too
    for (let i = 0; i < 4; ++i) this.repeat(5, () => this.evaluate());
    this.repeat(100, () => this.evaluateSlack());
    this.repeat(250, () => this.evaluateBatch());
    this.repeat(300, () => this.evaluateStream());
    this.repeat(1500, () => this.push());
    this.repeat(4000, () => this.pushBroken());
    this.repeat(10e3, () => this.readHistory());
    this.repeat(2500, () => this.editFiles());
    this.repeat(700, () => this.watch());
    this.repeat(400, () => this.hurry());
    this.repeat(900, () => this.cutConnection());
    this.repeat(600, () => this.stallConnection());
    this.repeat(5000, () => process.kill(this.server.pid, 'SIGHUP'));
  }

  async stop() {
    this.running = false;
    await Promise.all(this.jobs);
    this.main.close();
  }

  // By the rules that were pushed last, or newer ones: never by older ones.
  async evaluate() {
    const { limit, revision } = this;
    const above = Math.random() < 0.5;
    const answer = await this.call(this.main.evaluations, 'evaluate', {
      ruleSet: PUSHED, account: account(above ? limit : limit - 1), options: { minRevision: revision },
    });
    if (answer === null || answer.revision !== revision) return;
    if ((answer.evaluation.rules.length === 1) !== above) {
      this.note('wrong', `limit ${limit}, revision ${revision}: ${JSON.stringify(answer.evaluation)}`);
    }
  }

  // Real rules, with everything that can be asked for.
  async evaluateSlack() {
    await this.call(this.main.evaluations, 'evaluate', {
      ruleSet: 'ruleSets/slack',
      account: {
        metrics: { messages: { numberValue: 1500 }, channels: { numberValue: 3 }, plan: { stringValue: 'free' } },
      },
      options: {
        scope: 'RESULT_SCOPE_ALL', includeGap: true, includeExplanation: true, includeNextChange: true,
      },
    });
  }

  async evaluateBatch() {
    const accounts = Array.from({ length: 500 }, (_, i) => account(i, `a${i}`));
    const answer = await this.call(this.main.evaluations, 'batchEvaluate',
      { ruleSet: FROM_FILES, accounts });
    if (answer !== null && answer.evaluations.length !== 500) {
      this.note('wrong', `${answer.evaluations.length} answers to 500 accounts`);
    }
  }

  evaluateStream() {
    if (this.withoutStreams) return sleep(0);
    return new Promise((resolve) => {
      const call = this.main.evaluations.streamEvaluate({ deadline: Date.now() + 20e3 });
      let answers = 0;
      call.on('data', () => { ++answers; });
      call.on('error', (error) => {
        if (error.code === grpc.status.UNIMPLEMENTED) this.withoutStreams = true;
        else this.note('failed', `streamEvaluate: ${error.message}`);
        resolve();
      });
      call.on('end', () => {
        ++this.counts.calls;
        if (answers !== 100 && answers > 0) this.note('wrong', `${answers} answers to 100 of a stream`);
        resolve();
      });
      for (let i = 0; i < 100; ++i) {
        call.write({ requestId: `${i}`, ruleSet: FROM_FILES, account: account(i) });
      }
      call.end();
    });
  }

  async push() {
    const limit = this.limit + 1;
    const filler = `# ${'x'.repeat(Math.floor(Math.random() * 5000))}\n`;
    const answer = await this.call(this.main.rules, 'applyRuleSet', {
      name: PUSHED, files: [{ path: 'rules.pql', text: rulesWithLimit(limit, filler) }],
      comment: 'soak',
    });
    if (answer === null) return;
    ++this.counts.changes;
    this.limit = limit;
    this.revision = answer.revision;
  }

  async pushBroken() {
    const refused = await this.call(this.main.rules, 'applyRuleSet', {
      name: PUSHED, files: [{ path: 'rules.pql', text: `rule team { when ${'('.repeat(300)}` }],
    }, { allowed: [grpc.status.INVALID_ARGUMENT] });
    if (refused !== null) this.note('wrong', 'a broken source was taken');
  }

  async readHistory() {
    await this.call(this.main.rules, 'listRevisions', { parent: PUSHED, pageSize: 50 });
    await this.call(this.main.rules, 'listRules', { parent: 'ruleSets/slack' });
    await this.call(this.main.rules, 'testRuleSet', { name: 'ruleSets/slack' });
    await this.call(this.main.rules, 'validateRules', { files: [{ path: 'a.pql', text: rulesWithLimit(1) }] });
  }

  editFile(text) {
    const file = path.join(this.server.work, 'rules', 'edited', 'rules.pql');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.new`, text);
    fs.renameSync(`${file}.new`, file);
  }

  // A new limit, and now and then what does not compile.
  async editFiles() {
    ++this.edits;
    this.editFile(this.edits % 5 === 0 ? 'rule team { when' : rulesWithLimit(this.edits % 97));
  }

  // Watches that are read and watches that are not; of either, clients that end them and clients that
  // go without a word.
  async watch() {
    const client = await this.brittleClients();
    const call = client.rules.watchRuleSets({}, { deadline: Date.now() + 60e3 });
    call.on('error', () => {});
    if (Math.random() < 0.5) call.on('data', () => {});
    setTimeout(() => {
      if (Math.random() < 0.5) call.cancel();
      client.cut();
    }, 3000 + Math.random() * 5000);
  }

  // Calls that nobody waits for.
  async hurry() {
    await this.call(this.main.evaluations, 'batchEvaluate', {
      ruleSet: FROM_FILES, accounts: Array.from({ length: 2000 }, (_, i) => account(i)),
    }, { deadline: 1, allowed: [grpc.status.DEADLINE_EXCEEDED, grpc.status.CANCELLED] });
    const waits = this.main.evaluations.evaluate(
      { ruleSet: PUSHED, account: account(1), options: { minRevision: this.revision + 1000 } }, () => {});
    setTimeout(() => waits.cancel(), 50);
  }

  // A client that is killed in the middle of its calls.
  async cutConnection() {
    const client = await this.brittleClients();
    for (let i = 0; i < 20; ++i) {
      client.evaluations.evaluate({ ruleSet: PUSHED, account: account(i) },
        { deadline: Date.now() + 1000 }, () => {});
    }
    await sleep(Math.random() * 20);
    client.cut();
  }

  // A connection that says little, or nothing that is HTTP/2, and stays.
  async stallConnection() {
    const socket = net.connect(this.server.port, '127.0.0.1');
    socket.on('error', () => {});
    const words = ['', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01'];
    socket.write(words[Math.floor(Math.random() * words.length)]);
    setTimeout(() => socket.destroy(), 2000 + Math.random() * 4000);
  }
}

module.exports = { Load };
