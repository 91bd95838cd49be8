// Whether two files hold the same JSON values, line by line.
'use strict';

const assert = require('assert');
const fs = require('fs');

const read = (name) => fs.readFileSync(name, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const [expected, seen] = process.argv.slice(2).map(read);
assert.ok(expected.length > 0);
assert.deepStrictEqual(seen, expected);
