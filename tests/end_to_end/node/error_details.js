// What a client in another language reads from the details of a refused change.
//
//   node error_details.js ADDRESS
//
// Makes a rule with a typo in the JsonLogic of its condition, then one without, then the same again;
// prints one JSON line for each answer.

'use strict';

const path = require('path');
const { createRequire } = require('module');

const root = path.join(__dirname, '..', '..', '..');
const requireCached = createRequire(path.join(root, '.cache', 'node', 'index.js'));
const grpc = requireCached('@grpc/grpc-js');
const protoLoader = requireCached('@grpc/proto-loader');
// What proto-loader itself decodes with.
const protobuf = createRequire(requireCached.resolve('@grpc/proto-loader'))('protobufjs');

const includeDirs = [path.join(root, 'proto')];
const loaded = grpc.loadPackageDefinition(
  protoLoader.loadSync('pql/v1/rule_service.proto', { includeDirs, longs: String }));

const types = new protobuf.Root();
types.resolvePath = (_, target) => path.join(root, 'proto', target);
types.loadSync(['pql/v1/error.proto', 'pql/v1/diagnostic.proto']);

function detailsOf(error) {
  const details = [];
  for (const trailer of error.metadata.get('grpc-status-details-bin')) {
    for (const detail of types.lookupType('pql.v1.ErrorStatus').decode(trailer).details) {
      const type = types.lookupType(detail.type_url.split('/').pop());
      details.push(type.toObject(type.decode(detail.value)));
    }
  }
  return details;
}

async function main() {
  const client = new loaded.pql.v1.RuleService(
    process.argv[2], grpc.credentials.createInsecure());
  const create = (metric) => new Promise((resolve) => {
    const when = JSON.stringify({ '>=': [{ var: metric }, 2000] });
    client.createRule({
      parent: 'ruleSets/slack', ruleId: 'from_node', rule: { when }, language: 'jsonlogic',
    }, (error, response) => {
      resolve(error ? { code: grpc.status[error.code], details: detailsOf(error) }
        : { when: response.rule.when, revision: response.revision });
    });
  });
  for (const metric of ['mesages', 'messages', 'messages']) {
    console.log(JSON.stringify(await create(metric)));
  }
  client.close();
}

main();
