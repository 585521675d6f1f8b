import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import type { DemoProgram } from '../demo/index.ts';

/**
 * What the demo's peers run on. Not this binary: it refuses to be a plain Node. An installed copy has a Node
 * beside it, for the `gatehouse` command; in a checkout, `npm start` names the one that it runs on itself.
 * @throws where there is none, with a sentence that says what to do
 */
export function findDemoProgram(env: NodeJS.ProcessEnv = process.env): DemoProgram {
  if (app.isPackaged) {
    const node = process.platform === 'win32' ? 'node.exe' : 'node';
    return {
      node: join(process.resourcesPath, 'runtime', node),
      entry: join(process.resourcesPath, 'program', 'out', 'headless', 'index.js'),
    };
  }
  const node = env['GATEHOUSE_NODE'];
  if (node === undefined || !existsSync(node)) {
    throw new Error('The demo needs a Node of its own. Start it with "npm start -- --demo".');
  }
  const built = join(app.getAppPath(), 'out', 'headless', 'index.js');
  return { node, entry: existsSync(built) ? built : join(app.getAppPath(), 'main', 'headless', 'index.ts') };
}
