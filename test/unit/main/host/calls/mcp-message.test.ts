import { describe, expect, test } from 'vitest';
import {
  progressTokenOf,
  readMessage,
  writeError,
  writeNotification,
  writeRequest,
  writeResult,
} from '../../../../../main/host/calls/mcp-message.ts';

describe('reading a line', () => {
  test('tells requests, notifications and answers apart', () => {
    expect(readMessage(writeRequest(1, 'ping', undefined))).toEqual({
      kind: 'request',
      id: 1,
      method: 'ping',
      params: undefined,
    });
    expect(readMessage(writeNotification('notifications/x', { a: 1 }))).toMatchObject({
      kind: 'notification',
    });
    expect(readMessage(writeResult('a', '{"b":2}'))).toMatchObject({
      kind: 'answer',
      id: 'a',
      result: { b: 2 },
    });
    expect(readMessage(writeError(3, { code: -1, message: 'no' }))).toMatchObject({
      kind: 'answer',
      error: { code: -1, message: 'no' },
    });
  });

  test.each([
    ['not JSON', '{"jsonrpc":', 'bad-json'],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 'bad-message'],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', 'bad-message'],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"ping"}', 'bad-message'],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 'bad-message'],
    ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":7}', 'bad-message'],
    ['neither method nor answer', '{"jsonrpc":"2.0","id":1}', 'bad-message'],
    ['an id without end', `{"jsonrpc":"2.0","id":"${'x'.repeat(300)}","method":"ping"}`, 'bad-message'],
    ['null', 'null', 'bad-message'],
  ])('refuses %s', (_, line, reason) => {
    expect(readMessage(line)).toMatchObject({ kind: 'bad', reason });
  });

  test('keeps the id of a bad request, so that it can be answered', () => {
    expect(readMessage('{"jsonrpc":"2.0","id":5,"method":7}')).toMatchObject({ kind: 'bad', id: 5 });
  });
});

test('a progress token is a string or a number, nothing else', () => {
  expect(progressTokenOf({ _meta: { progressToken: 0 } })).toBe(0);
  expect(progressTokenOf({ _meta: { progressToken: 'a' } })).toBe('a');
  expect(progressTokenOf({ _meta: { progressToken: {} } })).toBeNull();
  expect(progressTokenOf({ _meta: [] })).toBeNull();
  expect(progressTokenOf(undefined)).toBeNull();
});
