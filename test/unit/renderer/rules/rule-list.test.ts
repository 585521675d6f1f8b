import { expect, it } from 'vitest';
import { groupRules } from '../../../../renderer/rules/rule-list.ts';
import { fakePeerId } from '../../../fixtures/lively/fake-ids.ts';
import { fakeRules } from '../../../fixtures/lively/rules-seed.ts';

const names = new Map([
  [fakePeerId(1), 'Ada'],
  [fakePeerId(2), 'Workshop'],
  [fakePeerId(3), 'Noor'],
  [fakePeerId(4), 'Library'],
]);
const nameOf = (id: string): string => new Map<string, string>(names).get(id) ?? 'Zoe';

it('groups by who: peers by name, then trust, then anybody; what denies comes first', () => {
  const groups = groupRules(fakeRules(Date.now()), '', nameOf);
  expect(groups.map(({ who }) => who)).toEqual([
    'Ada',
    'Library',
    'Noor',
    'Workshop',
    'Zoe',
    'Any known peer',
    'Any peer',
  ]);
});

it('finds rules by the words of their sentence, in any order', () => {
  const found = (text: string): string[] =>
    groupRules(fakeRules(Date.now()), text, nameOf).flatMap(({ rules }) => rules.map(({ id }) => id));
  expect(found('library search')).toEqual(['rule7']);
  expect(found('SUSPENDED')).toEqual(['rule7']);
  expect(found('deny')).toEqual(['rule4']);
  expect(found('notes monday')).toEqual(['rule6']);
  expect(found('nothing at all')).toEqual([]);
});
