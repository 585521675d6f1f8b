import { describe, expect, it } from 'vitest';
import { SettingsChange } from '../../../../shared/settings.ts';
import { linesOf, sentenceOfIssue } from '../../../../renderer/settings/setting.ts';

describe('a setting of several lines', () => {
  it('leaves out empty lines', () => {
    expect(linesOf(' a \n\n\tb\n')).toEqual(['a', 'b']);
    expect(linesOf('\n ')).toEqual([]);
  });

  it('names the line that is wrong', () => {
    const { error } = SettingsChange.safeParse({ stun: ['stun.example.org:3478', 'no port'] });
    expect(sentenceOfIssue(error?.issues[0])).toMatch(/^Line 2: A STUN server looks like/);
    expect(sentenceOfIssue(SettingsChange.safeParse({ name: '' }).error?.issues[0])).toBe(
      'Give this machine a name.',
    );
  });
});
