'use strict';

/* What npm runs when it has installed (`prepare`): builds the packages that tests use, where there is what builds them. */
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { ROOT, whatIsInstalled } = require('./installed.cjs');

// C headers for add-ons that somebody compiles, 67 MB of them, come with each Node. Nobody compiles any here.
const nodes = path.join(ROOT, 'node_modules', 'node', 'node_modules');
for (const name of fs.existsSync(nodes) ? fs.readdirSync(nodes) : [])
  fs.rmSync(path.join(nodes, name, 'include'), { recursive: true, force: true });

if (whatIsInstalled({ tools: true }) === 'all') {
  const build = path.join(ROOT, 'cli', 'build-packages.ts');
  process.exitCode = spawnSync(process.execPath, [build], { cwd: ROOT, stdio: 'inherit' }).status;
}
