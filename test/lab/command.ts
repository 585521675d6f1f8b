import { spawn } from 'node:child_process';

const DEADLINE_MS = 20_000;

/**
 * Runs a program to its end.
 * @returns what it printed
 * @throws where it does not end with 0, or not within 20 s
 */
export async function command(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: DEADLINE_MS });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  // A program that ends before it has read everything says so by its exit code.
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${err.trim()}\n${input}`);
  return out;
}
