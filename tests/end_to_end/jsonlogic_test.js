// What `pql` makes of JsonLogic, compared with json-logic-js, the reference implementation.
//
//   node jsonlogic_test.js BIN_DIRECTORY
//
// - The conditions of testdata/jsonlogic/builders, in the form in which rule builders export them, on
//   random accounts: evaluated as they are, converted, and converted into a formatted rule.
// - testdata/jsonlogic/compatibility.json: the same answer, a located error, or a deviation with its
//   reason.
// - The test suite that jsonlogic.com publishes for all implementations, as json-logic-engine ships
//   it: likewise, what is not the same being listed in testdata/jsonlogic/published_suite.json.
//
// With PQL_UPDATE_TESTDATA=1 the codes of errors are written anew, and cases of the published suite
// that are not listed are added, without a reason.
'use strict';

const assert = require('assert');
const {spawnSync} = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const source = path.join(__dirname, '..', '..');
const data = path.join(source, 'tests', 'testdata', 'jsonlogic');
const pqlProgram = path.join(process.argv[2], 'pql');
const accountCount = 10000;
const seed = Number(process.env.PQL_SEED || Date.now() % 2 ** 32);

const packages = path.join(source, '.cache', 'node', 'node_modules');
let jsonLogic;
let publishedSuite;
try {
  jsonLogic = require(path.join(packages, 'json-logic-js'));
  publishedSuite = require(path.join(packages, 'json-logic-engine', 'bench', 'tests.json'));
} catch (error) {
  console.error('json-logic-js or json-logic-engine is missing; tools/install_node_packages installs them');
  process.exit(1);
}
// As the documentation of react-querybuilder defines them.
jsonLogic.add_operation('startsWith', (a, b) => typeof a === 'string' && a.startsWith(b));
jsonLogic.add_operation('endsWith', (a, b) => typeof a === 'string' && a.endsWith(b));

function pql(args, input = '') {
  const run = spawnSync(pqlProgram, args,
    {input, encoding: 'utf8', maxBuffer: 1 << 28, env: {...process.env, NO_COLOR: '1'}});
  assert.ok(run.status !== null, `pql ${args.join(' ')}: ${run.error || run.signal}`);
  return run;
}

// The outcome of the condition, or of the rule, for each account.
function outcomes(ruleSet, args, accounts, name) {
  const input = accounts.map((account) => JSON.stringify(account)).join('\n') + '\n';
  const run = pql(['eval', ruleSet, '--accounts', '-', '--all', '--format', 'jsonl', '--at', '2026-03-01',
    ...args], input);
  assert.strictEqual(run.status, 0, run.stderr);
  const lines = run.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.strictEqual(lines.length, accounts.length);
  return lines.map((line) => line.rules.find((rule) => rule.rule === name).outcome);
}

const answer = (rule, account) => jsonLogic.truthy(jsonLogic.apply(rule, account)) ? 'QUALIFIED' : 'NOT_QUALIFIED';

// mulberry32
function makeRandom(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// Every value is sent and has its metric's type; numbers lie about the conditions' bounds.
function makeAccounts(random) {
  const below = (n) => Math.floor(random() * n);
  const pick = (values) => values[below(values.length)];
  const number = (bounds) => random() < 0.6 ? pick(bounds) + pick([-1, -0.5, 0, 0, 0.5, 1])
                                            : (random() - 0.3) * pick([1, 10, 5000]);
  const some = (values) => values.filter(() => random() < 0.3);
  return Array.from({length: accountCount}, () => ({
    messages: number([0, 10, 100, 1999.5, 2000, 5000]),
    channels: number([0, 1, 2, 3, 5, 7]),
    storage_used: number([0, 0.5, 4]),
    plan: pick(['free', 'pro', 'business']),
    email: pick(['ada', 'test', 'größe', '']) + pick(['@example.com', '@test.org', '@acme.de', '']),
    country: pick(['DE', 'AT', 'CH', 'FR', 'de', '']),
    is_admin: random() < 0.5,
    features: some(['sso', 'audit', 'api', 'SSO']),
    seats_by_team: some([1, 2, 5]),
  }));
}

function testBuilders() {
  const accounts = makeAccounts(makeRandom(seed));
  const metrics = path.join(data, 'accounts');
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'pql_jsonlogic_'));
  const files = fs.readdirSync(path.join(data, 'builders')).sort();
  assert.strictEqual(files.length, 5);
  for (const file of files) {
    const text = fs.readFileSync(path.join(data, 'builders', file), 'utf8');
    const rule = JSON.parse(text);
    const expected = accounts.map((account) => answer(rule, account));
    for (const outcome of ['QUALIFIED', 'NOT_QUALIFIED']) {
      assert.ok(expected.filter((each) => each === outcome).length > accountCount / 100,
        `${file}: hardly any account is ${outcome}`);
    }
    const check = (seen, how) => seen.forEach((outcome, i) => assert.strictEqual(outcome, expected[i],
      `${file}, ${how}: ${JSON.stringify(accounts[i])}`));

    check(outcomes(metrics, ['--when', text, '--language', 'jsonlogic'], accounts, '<condition>'), 'as it is');
    const converted = pql(['convert', '--from', 'jsonlogic', path.join(data, 'builders', file)]);
    assert.strictEqual(converted.status, 0, converted.stderr);
    check(outcomes(metrics, ['--when', converted.stdout], accounts, '<condition>'), 'converted');

    const directory = path.join(work, file.replace('.json', ''));
    fs.mkdirSync(directory);
    fs.copyFileSync(path.join(metrics, 'metrics.pql'), path.join(directory, 'metrics.pql'));
    fs.writeFileSync(path.join(directory, 'rule.pql'), `rule converted { when ${converted.stdout} }\n`);
    for (const args of [['fmt', directory], ['fmt', '--check', directory]]) {
      const run = pql(args);
      assert.strictEqual(run.status, 0, run.stdout + run.stderr);
    }
    check(outcomes(directory, [], accounts, 'converted'), 'as a formatted rule');
    console.log(`${file}: ${accountCount} accounts, the same answers three times`);
  }
  fs.rmSync(work, {recursive: true});
}

// The codes of the errors that `pql eval` found in the condition, each of which it has to locate.
function codesOfErrors(run, text) {
  assert.strictEqual(run.status, 1, `${text}: ${run.stdout}${run.stderr}`);
  const findings = run.stderr.matchAll(/^<condition>:1:.*error: .*\[(PQL\d+) [a-z-]+\]$/gm);
  assert.ok(run.stderr.includes('^'), text);
  return [...new Set([...findings].map((match) => match[1]))].join(' ');
}

function writeCases(file, cases) {
  fs.writeFileSync(file, '[\n' + cases.map((each) => '  ' + JSON.stringify(each)).join(',\n') + '\n]\n');
}

function testCompatibility() {
  const file = path.join(data, 'compatibility.json');
  const cases = JSON.parse(fs.readFileSync(file, 'utf8'));
  const counts = {same: 0, error: 0, deviates: 0};
  for (const each of cases) {
    const text = JSON.stringify(each.rule);
    ++counts[each.outcome];
    if (each.outcome !== 'same') assert.ok(each.because, `${text}: no explanation`);
    if (each.outcome === 'error') {
      const run = pql(['eval', path.join(data, 'accounts'), '--account', '-', '--when', text, '--language',
        'jsonlogic'], JSON.stringify(each.account));
      const codes = codesOfErrors(run, text);
      if (process.env.PQL_UPDATE_TESTDATA) each.code = codes;
      assert.strictEqual(codes, each.code, `${text}: ${run.stderr}`);
      continue;
    }
    const [seen] = outcomes(path.join(data, 'accounts'), ['--when', text, '--language', 'jsonlogic'],
      [each.account], '<condition>');
    const reference = answer(each.rule, each.account);
    if (each.outcome === 'same') {
      assert.strictEqual(seen, reference, text);
    } else {
      assert.strictEqual(seen, each.pql, text);
      assert.notStrictEqual(seen, reference, `${text}: does not deviate`);
    }
  }
  if (process.env.PQL_UPDATE_TESTDATA) writeCases(file, cases);
  console.log(`compatibility: ${JSON.stringify(counts)}`);
}

// The data of a case as an account: metrics by their dotted names; what no metric can hold is left out.
function accountOf(data, prefix = '', account = {}) {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return account;
  for (const [key, value] of Object.entries(data)) {
    if (Array.isArray(value) && value.some((item) => item === null || typeof item === 'object')) continue;
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      accountOf(value, `${prefix}${key}.`, account);
    } else if (key !== '') {
      account[prefix + key] = value;
    }
  }
  return account;
}

// The metrics that a rule names, which a rule set would declare: the account has them, if only as null.
function metricsIn(rule) {
  if (rule === null || typeof rule !== 'object') return [];
  if (Array.isArray(rule)) return rule.flatMap(metricsIn);
  return Object.entries(rule).flatMap(([operator, operand]) => {
    const operands = [operand].flat();
    const names = {var: operands.slice(0, 1), missing: operands, missing_some: operands.slice(1).flat()}[operator];
    return [...(names || []).filter((name) => typeof name === 'string' && name !== ''), ...metricsIn(operand)];
  });
}

// A rule that gives a text or a number becomes the condition that it gives just that.
function conditionOf(rule, expected) {
  return typeof expected === 'boolean' || (expected !== null && typeof expected === 'object')
    ? rule : {'===': [rule, expected]};
}

function testPublishedSuite() {
  const file = path.join(data, 'published_suite.json');
  const listed = JSON.parse(fs.readFileSync(file, 'utf8'));
  const keyOf = (each) => JSON.stringify([each.rule, each.data, each.expected]);
  const unmet = new Map(listed.map((each) => [keyOf(each), each]));
  assert.strictEqual(unmet.size, listed.length, 'a case is listed twice');
  const counts = {same: 0, error: 0, deviates: 0};
  const cases = publishedSuite.filter((each) => typeof each !== 'string')  // comments
    .map(([rule, data, expected]) => ({rule, data, expected}));
  assert.ok(cases.length >= 275, 'the suite is not whole');
  for (const each of cases) {
    assert.deepStrictEqual(jsonLogic.apply(each.rule, each.data), each.expected, 'json-logic-js differs');
    const condition = conditionOf(each.rule, each.expected);
    const text = JSON.stringify(condition);
    const sent = accountOf(each.data);
    const account = {...Object.fromEntries(metricsIn(each.rule).map((name) => [name, null])), ...sent};
    const run = pql(['eval', '--account', '-', '--when', text, '--language', 'jsonlogic', '--all', '--format',
      'json'], JSON.stringify(account));
    const seen = run.status === 0 ? {pql: JSON.parse(run.stdout).rules[0].outcome} : {code: codesOfErrors(run, text)};
    const outcome = seen.code ? 'error' : seen.pql === answer(condition, each.data) ? 'same' : 'deviates';
    ++counts[outcome];
    const entry = unmet.get(keyOf(each));
    unmet.delete(keyOf(each));
    if (process.env.PQL_UPDATE_TESTDATA && outcome !== 'same') {
      if (entry) Object.assign(entry, seen);
      else listed.push({...each, outcome, ...seen, because: ''});
      continue;
    }
    if (outcome === 'same') {
      assert.ok(!entry, `${keyOf(each)} is the same by now, but listed`);
    } else {
      assert.ok(entry, `${keyOf(each)} is not listed: ${JSON.stringify(seen)}`);
      assert.ok(entry.because, `${keyOf(each)}: no explanation`);
      assert.deepStrictEqual({...entry, because: ''}, {...each, outcome, ...seen, because: ''});
    }
  }
  if (process.env.PQL_UPDATE_TESTDATA) writeCases(file, listed.filter((each) => !unmet.has(keyOf(each))));
  else assert.deepStrictEqual([...unmet.keys()], [], 'listed, but not in the suite');
  console.log(`published suite: ${JSON.stringify(counts)}`);
}

console.log(`seed ${seed}; PQL_SEED=${seed} repeats this run`);
testBuilders();
testCompatibility();
testPublishedSuite();
