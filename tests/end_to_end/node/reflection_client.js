// Calls pqld with a client made from nothing but the server's reflection, and prints one JSON line for
// each account in the form of `pql eval --all --format jsonl`.
//
//   node reflection_client.js ADDRESS RULE_SET < accounts.jsonl

'use strict';

const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const root = path.join(__dirname, '..', '..', '..');
const requireCached = createRequire(path.join(root, '.cache', 'node', 'index.js'));
const grpc = requireCached('@grpc/grpc-js');
const protoLoader = requireCached('@grpc/proto-loader');

const [address, ruleSet] = process.argv.slice(2);
const credentials = grpc.credentials.createInsecure();
const loading = { longs: Number, enums: String };

// Asks the reflection service one question.
function ask(client, question) {
  return new Promise((resolve, reject) => {
    const call = client.serverReflectionInfo();
    call.on('data', (answer) => {
      if (answer.errorResponse) reject(new Error(answer.errorResponse.errorMessage));
      resolve(answer);
    });
    call.on('error', reject);
    call.write(question);
    call.end();
  });
}

// A length in the variable-length form of Protobuf.
function varint(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  bytes.push(value);
  return Buffer.from(bytes);
}

// A google.protobuf.FileDescriptorSet of serialized files: field 1, length-delimited.
function fileSet(files) {
  const parts = [];
  for (const file of files) parts.push(Buffer.from([10]), varint(file.length), file);
  return Buffer.concat(parts);
}

async function packagesOf(client) {
  const listed = await ask(client, { listServices: '*' });
  const files = new Map();  // by content: services share files
  const services = listed.listServicesResponse.service.map((service) => service.name);
  for (const name of services.filter((service) => service.startsWith('pql.'))) {
    const answer = await ask(client, { fileContainingSymbol: name });
    for (const file of answer.fileDescriptorResponse.fileDescriptorProto) {
      files.set(file.toString('base64'), file);
    }
  }
  const set = fileSet(files.values());
  return { services, definition: grpc.loadPackageDefinition(
      protoLoader.loadFileDescriptorSetFromBuffer(set, loading)) };
}

// Natural JSON to and from google.protobuf.Value.
function toValue(json) {
  if (json === null) return { null_value: 'NULL_VALUE' };
  if (Array.isArray(json)) return { list_value: { values: json.map(toValue) } };
  return { [`${{ number: 'number', string: 'string', boolean: 'bool' }[typeof json]}_value`]: json };
}
function fromValue(value) {
  if (value.list_value) return (value.list_value.values || []).map(fromValue);
  for (const kind of ['number_value', 'string_value', 'bool_value']) {
    if (value[kind] !== undefined) return value[kind];
  }
  return null;
}

// proto-loader gives a map that it knows from a descriptor as a list of its entries.
function fromEntries(entries, convert) {
  return Object.fromEntries(entries.map(({ key, value }) => [key, convert(value)]));
}

const mapFields = {
  scores: (score) => score,
  outputs: fromValue,
  incomplete_scores: (list) => (list.values || []).map(fromValue),
};

// The JSON mapping leaves empty fields out, has other names and writes Values naturally.
function toJson(message) {
  const json = {};
  for (const [field, value] of Object.entries(message)) {
    if (Array.isArray(value) && value.length === 0) continue;
    const name = field.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
    if (field === 'rules' || field === 'shadow_rules') {
      json[name] = value.map(toJson);
    } else if (field in mapFields) {
      json[name] = fromEntries(value, mapFields[field]);
    } else {
      json[name] = value;
    }
  }
  return json;
}

function toAccount(line, row) {
  const metrics = JSON.parse(line);
  const account = { id: metrics.id === undefined ? String(row) : String(metrics.id), metrics: [] };
  for (const [key, json] of Object.entries(metrics)) {
    if (key !== 'id') account.metrics.push({ key, value: toValue(json) });
  }
  return account;
}

async function main() {
  const reflection = grpc.loadPackageDefinition(
      protoLoader.loadSync(path.join(__dirname, 'reflection.proto'), { longs: Number }));
  const { services, definition } = await packagesOf(
      new reflection.grpc.reflection.v1alpha.ServerReflection(address, credentials));
  if (!services.includes('grpc.health.v1.Health')) throw new Error('no health service');
  const client = new definition.pql.v1.EvaluationService(address, credentials);
  const lines = fs.readFileSync(0, 'utf8').split('\n').filter((line) => line !== '');
  for (const [index, line] of lines.entries()) {
    const request = { rule_set: `ruleSets/${ruleSet}`, account: toAccount(line, index + 1),
                      options: { scope: 'RESULT_SCOPE_ALL',
                                 evaluation_time: { seconds: Date.UTC(2026, 2, 1) / 1000 } } };
    const response = await new Promise((resolve, reject) => {
      client.evaluate(request, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
    console.log(JSON.stringify(toJson(response.evaluation)));
  }
  client.close();
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
